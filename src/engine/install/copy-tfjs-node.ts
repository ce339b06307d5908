// tfjs-node for an engine: copied from this project's packages where it is among them, fetched with npm otherwise. None of
// its scripts runs.
import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PLACEHOLDERS, packagedTfjsNode, TFJS_NODE, tfjsNodeFolder } from "../tfjs-node.ts";
import { runCommand } from "./run-command.ts";
import { createStaging, moveIntoPlace } from "./staging-folder.ts";

interface CopyOptions {
  /** The package's folder; null if it is not installed. @default this project's */
  readonly packaged?: string | null;
  /** The checksum of the package's tarball. @default TFJS_NODE's */
  readonly integrity?: string;
  readonly signal?: AbortSignal | undefined;
  /** Is told when something has to be downloaded. */
  readonly step?: (line: string) => void;
}

const PACKAGE = `${TFJS_NODE.name}@${TFJS_NODE.version}`;

/**
 * Gives the engine in `folder` its tfjs-node: JavaScript and the sources of the binding. What is there stays.
 *
 * @throws {Error} In one line, if npm is missing, does not get the package, or gets another one.
 */
export async function copyTfjsNode(folder: string, options: CopyOptions = {}): Promise<void> {
  const { packaged = packagedTfjsNode() ?? null, integrity = TFJS_NODE.integrity, signal, step } = options;
  const target = tfjsNodeFolder(folder);
  const staging = await createStaging(target);
  try {
    const copy = join(staging, "copy");
    if (packaged) {
      await copyParts(packaged, copy);
    } else {
      step?.(`downloading ${PACKAGE} with npm`);
      const unpacked = await fetchPackage(join(staging, "download"), integrity, signal);
      await copyParts(unpacked, copy);
    }
    await moveIntoPlace(copy, target, () => true);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Copies what an engine uses of the package, and an empty file for each package that it imports. */
async function copyParts(from: string, to: string): Promise<void> {
  const isUsed = (path: string) => !/(?:_test\.js|\.d\.ts)$/.test(path);
  for (const part of ["package.json", "README.md", "binding", "dist"]) {
    await cp(join(from, part), join(to, part), { recursive: true, filter: isUsed });
  }
  for (const file of PLACEHOLDERS) {
    await mkdir(dirname(join(to, file)), { recursive: true });
    await writeFile(join(to, file), "");
  }
}

/**
 * Downloads the package from the registry that the user's npm is set up for, checks it, and unpacks it.
 *
 * @returns The unpacked package's folder.
 */
async function fetchPackage(folder: string, integrity: string, signal?: AbortSignal): Promise<string> {
  await mkdir(folder, { recursive: true });
  const args = ["pack", PACKAGE, "--ignore-scripts", "--pack-destination", folder];
  const { code, stderr } = await runCommand("npm", args, { signal });
  if (code === 127) {
    throw new Error(
      `engine install: expected npm (it downloads ${PACKAGE}), got none on PATH; install it, or add the package to your project without its script ("--ignore-scripts")`,
    );
  }
  if (code !== 0)
    throw new Error(`engine install: expected npm to download ${PACKAGE}, got ${reason(stderr)}`);

  const name = (await readdir(folder)).find((file) => file.endsWith(".tgz"));
  if (!name) throw new Error(`engine install: expected npm to download ${PACKAGE}, got no file`);
  const tarball = join(folder, name);
  const got = `sha512-${createHash("sha512")
    .update(await readFile(tarball))
    .digest("base64")}`;
  if (got !== integrity) throw new Error(`engine install ${name}: expected ${integrity}, got ${got}`);

  const unpacked = await runCommand("tar", ["-xzf", tarball, "-C", folder], { signal });
  if (unpacked.code !== 0) {
    const found = unpacked.code === 127 ? "no tar on PATH" : `"${unpacked.stderr.trim().split("\n")[0]}"`;
    throw new Error(`engine install: expected tar to unpack ${name}, got ${found}`);
  }
  return join(folder, "package");
}

/** What npm says went wrong, without its prefix: the first line that is more than a code. */
function reason(stderr: string): string {
  const errors = [...stderr.matchAll(/^npm (?:error|ERR!) (.+)$/gm)].map(([, text = ""]) => text);
  const text = errors.find((line) => !/^(?:code|errno|syscall) /.test(line)) ?? stderr.trim().split("\n")[0];
  return `"${text}"`;
}
