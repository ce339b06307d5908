import { existsSync } from "node:fs";
import { mkdir, rm, statfs, writeFile } from "node:fs/promises";
import { platformName, TENSORFLOW_PLATFORM } from "../best-engine.ts";
import { TENSORFLOW_VERSION } from "../engine.ts";
import {
  bindingPath,
  type Device,
  engineFolder,
  enginesFolder,
  hasLibrary,
  type InstalledEngine,
  manifestPath,
} from "../engine-folder.ts";
import { tfjsNodeFolder } from "../tfjs-node.ts";
import { compileBinding, findCompiler } from "./compile-binding.ts";
import { copyTfjsNode } from "./copy-tfjs-node.ts";
import { findPip } from "./pip.ts";
import { createStaging, moveIntoPlace, removeStaleStaging, removeWhole } from "./staging-folder.ts";
import { type InstallObserver, unpackTensorflow } from "./unpack-tensorflow.ts";

interface InstallOptions {
  readonly device: Device;
  /** @default TENSORFLOW_VERSION */
  readonly tensorflow?: string | undefined;
  /** Leave an engine that is already there as it is. @default false */
  readonly ifMissing?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly observer?: InstallObserver | undefined;
}

/** Free disk space that an installation takes while it works, in GB. */
const SPACE = { cpu: 1.5, gpu: 12 } as const;

const SILENT: InstallObserver = { step() {}, download() {} };

/**
 * Installs TensorFlow, and the binding that lets tfjs run on it, into the cache folder.
 *
 * Everything is made in a temporary folder beside the final one and renamed once it is known to work: an interrupted
 * installation leaves no half engine, and the next one removes its leftovers.
 *
 * @throws {Error} In one line that names what is missing and how to get it.
 */
export async function installEngine(options: InstallOptions): Promise<InstalledEngine> {
  const { device, tensorflow = TENSORFLOW_VERSION, ifMissing = false, signal, observer = SILENT } = options;
  requireVersion(tensorflow);
  requirePlatform();
  const folder = engineFolder(tensorflow, device);
  const engine = { folder, tensorflow, device };
  const hasBinding = () => hasLibrary(folder) && existsSync(bindingPath(folder));
  const isInstalled = () => hasBinding() && existsSync(tfjsNodeFolder(folder));
  if (ifMissing && isInstalled()) return engine;

  const copySources = (to: string) => copyTfjsNode(to, { signal, step: (line) => observer.step(line) });
  if (ifMissing && hasBinding()) {
    await copySources(folder);
    return engine;
  }
  const compiler = await findCompiler(signal);
  if (ifMissing && hasLibrary(folder)) {
    await copySources(folder);
    observer.step("compiling the binding for the TensorFlow that is there");
    await compileBinding(compiler, folder, tensorflow, signal);
    return engine;
  }

  const python = await findPip(signal);
  await mkdir(enginesFolder(), { recursive: true });
  const stale = await removeStaleStaging(enginesFolder());
  if (stale > 0) observer.step(`removed what ${stale} interrupted installation(s) left`);
  await requireSpace(enginesFolder(), SPACE[device]);

  const staging = await createStaging(folder);
  try {
    await copySources(staging);
    await unpackTensorflow({ python, folder: staging, device, tensorflow, observer, signal });
    observer.step("compiling the binding");
    await compileBinding(compiler, staging, tensorflow, signal);
    await writeFile(manifestPath(staging), `${JSON.stringify({ tensorflow, device })}\n`);
    await moveIntoPlace(staging, folder, () => ifMissing && isInstalled());
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return engine;
}

/**
 * Removes an installed engine.
 *
 * @throws {RangeError} If `folder` holds none.
 */
export async function removeEngine(folder: string): Promise<void> {
  if (!existsSync(folder)) throw new RangeError(`engine remove: expected an engine in ${folder}, got none`);
  await removeWhole(folder);
}

/** @throws {RangeError} If `tensorflow` is not a version number of TensorFlow. */
function requireVersion(tensorflow: string): void {
  if (!/^\d+\.\d+\.\d+$/.test(tensorflow)) {
    throw new RangeError(
      `engine install --tensorflow: expected a version such as ${TENSORFLOW_VERSION}, got "${tensorflow}"`,
    );
  }
}

/** @throws {Error} On platforms that TensorFlow's wheels are not made for. */
function requirePlatform(): void {
  if (platformName() === TENSORFLOW_PLATFORM) return;
  throw new Error(
    `engine install: expected ${TENSORFLOW_PLATFORM} with glibc, got ${platformName()}; the wasm engine runs here as it is (--engine wasm)`,
  );
}

/** @throws {Error} If the disk under `folder` has less than `gigabytes` free. */
async function requireSpace(folder: string, gigabytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = (bavail * bsize) / 1e9;
  if (free < gigabytes) {
    throw new Error(
      `engine install: expected ${gigabytes} GB free in ${folder}, got ${free.toFixed(1)} GB; XDG_CACHE_HOME chooses another place`,
    );
  }
}
