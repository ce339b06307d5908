import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";

const DAY = 24 * 60 * 60 * 1000; // milliseconds
const STAGING_NAME = /\.(?<host>[^.]+)-(?<pid>\d+)\.(?:partial|old)$/;

/** Makes an empty folder beside `target`, marked with the process that owns it. */
export async function createStaging(target: string): Promise<string> {
  const staging = `${target}.${owner()}.partial`;
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true });
  return staging;
}

/**
 * Puts a finished staging folder in the place of `target` by renaming. When another process was quicker and
 * `keepExisting` says that its result will do, the staging folder is dropped.
 */
export async function moveIntoPlace(
  staging: string,
  target: string,
  keepExisting: () => boolean,
): Promise<void> {
  const old = `${target}.${owner()}.old`;
  while (!(await renamed(staging, target))) {
    if (keepExisting()) break;
    // A library that runs in some process stays mapped there: its files may lose their names.
    await rename(target, old);
    await rm(old, { recursive: true, force: true });
  }
  await rm(staging, { recursive: true, force: true });
}

/** Removes what killed processes left in `folder`: the owner is gone, or the leftover is a day old. */
export async function removeStaleStaging(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const removed: string[] = [];
  for (const name of await readdir(folder)) {
    const { host, pid } = STAGING_NAME.exec(name)?.groups ?? {};
    if (!host || !pid) continue;
    const path = join(folder, name);
    const age = Date.now() - (await stat(path)).mtimeMs;
    const ownerGone = host === hostLabel() && !isAlive(Number(pid));
    if (!ownerGone && age < DAY) continue;
    await rm(path, { recursive: true, force: true });
    removed.push(name);
  }
  return removed;
}

function owner(): string {
  return `${hostLabel()}-${process.pid}`;
}

function hostLabel(): string {
  return hostname().replaceAll(".", "_");
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTEMPTY" || code === "EEXIST") return false;
    throw new Error(`${basename(to)}: expected to rename it into ${dirname(to)}, got ${code}`, {
      cause: error,
    });
  }
}
