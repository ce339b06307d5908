import { randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";

const DAY = 24 * 60 * 60 * 1000; // milliseconds

/** A temporary folder's name ends in the process that owns it, so that others can tell when that process is gone. */
const STAGING_NAME = /\.(?<host>[^.]+)-(?<pid>\d+)-[0-9a-f]+\.(?:partial|old)$/;

/** Makes an empty folder beside `target`, to be filled and moved into its place. */
export async function createStaging(target: string): Promise<string> {
  const staging = `${target}.${owner()}.partial`;
  await mkdir(staging, { recursive: true });
  return staging;
}

/**
 * Puts a finished staging folder in the place of `target`, by renaming. If another process was quicker, its folder stays
 * where `keepExisting` says so.
 */
export async function moveIntoPlace(
  staging: string,
  target: string,
  keepExisting: () => boolean,
): Promise<void> {
  while (!(await renameUnlessTaken(staging, target))) {
    if (keepExisting()) return;
    await removeWhole(target);
  }
}

/** Removes a folder at once, by renaming it first: nobody sees half of it. A library in use stays mapped. */
export async function removeWhole(folder: string): Promise<void> {
  const old = `${folder}.${owner()}.old`;
  await rename(folder, old).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error; // another process removed it first
  });
  await rm(old, { recursive: true, force: true });
}

/**
 * Removes what killed processes left in `folder`: temporary folders whose owner is gone, or that are a day old.
 *
 * @returns How many.
 */
export async function removeStaleStaging(folder: string): Promise<number> {
  let removed = 0;
  for (const name of await readdir(folder)) {
    const { host, pid } = STAGING_NAME.exec(name)?.groups ?? {};
    if (!host || !pid) continue;
    const path = join(folder, name);
    const age = Date.now() - (await stat(path).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs;
    const ownerGone = host === hostLabel() && !isAlive(Number(pid));
    if (!ownerGone && age < DAY) continue;
    await rm(path, { recursive: true, force: true });
    removed++;
  }
  return removed;
}

function owner(): string {
  return `${hostLabel()}-${process.pid}-${randomBytes(4).toString("hex")}`;
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

async function renameUnlessTaken(from: string, to: string): Promise<boolean> {
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
