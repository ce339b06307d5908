import { existsSync } from "node:fs";
import { mkdir, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { compileBinding, findCompiler, probeBinding } from "./compile-binding.ts";
import {
  bindingPath,
  type Device,
  engineFolder,
  enginesFolder,
  hasLibrary,
  type InstalledEngine,
  manifestPath,
  TENSORFLOW_VERSION,
} from "./engine-folder.ts";
import { downloadWheels, findPip, type Pip } from "./pip.ts";
import { createStaging, moveIntoPlace, removeStaleStaging } from "./staging-folder.ts";
import { closeWheel, openWheel, readDistInfo, unpackWheel } from "./unpack-wheel.ts";

export interface InstallOptions {
  readonly device: Device;
  /** @default TENSORFLOW_VERSION */
  readonly tensorflow?: string | undefined;
  /** Leave an engine that is already there as it is. @default false */
  readonly ifMissing?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called as each step starts, with a line for people. */
  readonly onStep?: (step: string) => void;
}

/** What the two kinds of engine take: the wheel's name and the disk space while installing. */
const WHEELS = {
  cpu: { name: "tensorflow-cpu", gigabytes: 1.5 },
  gpu: { name: "tensorflow", gigabytes: 12 },
} as const;

/** Headers that the binding includes, of the wheel's 13,000. */
const HEADERS = /^tensorflow\/include\/(?:tensorflow\/c|tensorflow\/core\/platform|tsl|xla\/tsl)\/.*\.h$/;
const LIBRARIES = /^tensorflow\/libtensorflow_(?:cc|framework)\.so\.2$/;
const LICENCES =
  /^(?:tensorflow\/THIRD_PARTY_NOTICES\.txt|[^/]+\.dist-info\/(?:METADATA|(?:licenses\/)?LICEN[CS]E.*))$/i;
/** Of NVIDIA's wheels: what is loaded while running, without headers and static libraries. */
const CUDA_FILES = /^nvidia\/.*(?:\.so(?:\.\d+)*|\/bin\/[^/]+|\.bc)$/;

/**
 * Installs TensorFlow and the binding that lets tfjs run on it into the cache folder.
 *
 * Everything is made in a temporary folder beside the target and renamed once it has been seen to work: an
 * interrupted installation leaves no half engine, and the next one removes what it left.
 *
 * @throws {Error} In one line that names what is missing and how to get it.
 */
export async function installEngine(options: InstallOptions): Promise<InstalledEngine> {
  const { device, tensorflow = TENSORFLOW_VERSION, ifMissing = false, signal, onStep = () => {} } = options;
  requireVersion(tensorflow);
  requirePlatform();
  const folder = engineFolder(tensorflow, device);
  const isInstalled = () => hasLibrary(folder) && existsSync(bindingPath(folder));
  if (ifMissing && isInstalled()) return { folder, tensorflow, device };

  const compiler = await findCompiler(signal);
  if (ifMissing && hasLibrary(folder)) {
    onStep("compiling the binding");
    await compileBinding(compiler, folder, signal);
    return { folder, tensorflow, device };
  }

  const pip = await findPip(signal);
  await mkdir(enginesFolder(), { recursive: true });
  const stale = await removeStaleStaging(enginesFolder());
  if (stale.length > 0) onStep(`removed ${stale.length} unfinished installation(s)`);
  await requireSpace(WHEELS[device].gigabytes);

  const staging = await createStaging(folder);
  try {
    await unpackTensorflow(pip, staging, device, tensorflow, onStep, signal);
    onStep("compiling the binding");
    await compileBinding(compiler, staging, signal);
    const loaded = await probeBinding(staging, signal);
    await writeFile(manifestPath(staging), `${JSON.stringify({ tensorflow: loaded, device })}\n`);
    await moveIntoPlace(staging, folder, () => ifMissing && isInstalled());
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return { folder, tensorflow, device };
}

async function unpackTensorflow(
  pip: Pip,
  staging: string,
  device: Device,
  tensorflow: string,
  onStep: (step: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const wheels = join(staging, "wheels");
  await mkdir(wheels);
  const fetch = (requirements: readonly string[]) => {
    onStep(`downloading ${requirements.join(", ")} with ${pip.python} -m pip`);
    return downloadWheels(pip, requirements, wheels, { temporary: wheels, signal });
  };

  const [path = ""] = await fetch([`${WHEELS[device].name}==${tensorflow}`]);
  const wheel = await openWheel(path);
  let cuda: string[];
  try {
    onStep("unpacking and verifying TensorFlow");
    const wanted = (file: string) => LIBRARIES.test(file) || HEADERS.test(file) || LICENCES.test(file);
    await unpackWheel(wheel, staging, wanted, signal);
    cuda = device === "gpu" ? cudaRequirements(await readDistInfo(wheel, "METADATA")) : [];
  } finally {
    closeWheel(wheel);
  }
  await rm(path);
  if (cuda.length > 0) await unpackCuda(await fetch(cuda), staging, signal);
  await rm(wheels, { recursive: true });
}

/** TensorFlow looks for CUDA in `../nvidia/*​/lib`, where these wheels put it. */
async function unpackCuda(paths: readonly string[], staging: string, signal?: AbortSignal): Promise<void> {
  for (const path of paths) {
    const wheel = await openWheel(path);
    try {
      await unpackWheel(wheel, staging, (file) => CUDA_FILES.test(file) || LICENCES.test(file), signal);
    } finally {
      closeWheel(wheel);
    }
    await rm(path);
  }
}

/** The requirements that a wheel's METADATA lists for its extra `and-cuda`. */
export function cudaRequirements(metadata: string): string[] {
  const matches = metadata.matchAll(/^Requires-Dist: ([^;]+?)\s*; *extra == ["']and-cuda["']/gm);
  return [...matches].map((match) => match[1] ?? "");
}

function requireVersion(tensorflow: string): void {
  if (!/^\d+\.\d+\.\d+$/.test(tensorflow)) {
    throw new RangeError(
      `engine install --tensorflow: expected a version such as ${TENSORFLOW_VERSION}, got "${tensorflow}"`,
    );
  }
}

function requirePlatform(): void {
  const platform = `${process.platform}-${process.arch}`;
  if (platform !== "linux-x64") {
    throw new Error(
      `engine install: expected linux-x64 (TensorFlow's wheels with a C library exist for it), got ${platform}; the wasm engine runs here without installing anything (--engine wasm)`,
    );
  }
}

async function requireSpace(gigabytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(enginesFolder());
  const free = (bavail * bsize) / 1e9;
  if (free < gigabytes) {
    throw new Error(
      `engine install: expected ${gigabytes} GB free in ${enginesFolder()}, got ${free.toFixed(1)} GB; XDG_CACHE_HOME chooses another place`,
    );
  }
}
