import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Device } from "./engine-folder.ts";
import { folderSize } from "./folder-size.ts";
import { downloadWheels } from "./pip.ts";
import { cudaRequirements, isCudaFile, isTensorflowFile } from "./tensorflow-files.ts";
import { closeWheel, openWheel, readDistInfo, unpackWheel } from "./unpack-wheel.ts";

/** Told how far an installation is. */
export interface InstallObserver {
  /** A step starts; one line. */
  step(line: string): void;
  /** Bytes downloaded so far, and in all as far as pip has said; now and then. */
  download(bytes: number, total: number): void;
}

const WHEELS = { cpu: "tensorflow-cpu", gpu: "tensorflow" } as const;

export interface UnpackOptions {
  /** A python with pip. */
  readonly python: string;
  /** Where to. */
  readonly folder: string;
  readonly device: Device;
  readonly tensorflow: string;
  readonly observer: InstallObserver;
  readonly signal: AbortSignal | undefined;
}

/**
 * Downloads TensorFlow and unpacks its library and headers into `folder/tensorflow`; for a GPU also CUDA into
 * `folder/nvidia`, where the library looks for it.
 */
export async function unpackTensorflow(options: UnpackOptions): Promise<void> {
  const { folder, device, tensorflow, observer, signal } = options;
  let cuda: string[] = [];
  await withWheels([`${WHEELS[device]}==${tensorflow}`], options, async ([path = ""]) => {
    observer.step("unpacking and verifying TensorFlow");
    const metadata = await unpack(path, folder, isTensorflowFile, signal);
    if (device === "gpu") cuda = cudaRequirements(metadata);
  });
  if (cuda.length === 0) return;
  await withWheels(cuda, options, async (paths) => {
    observer.step("unpacking and verifying CUDA");
    for (const path of paths) await unpack(path, folder, isCudaFile, signal);
  });
}

/** Downloads wheels into a folder that exists only while `use` runs. */
async function withWheels(
  requirements: readonly string[],
  { python, folder, observer, signal }: UnpackOptions,
  use: (wheels: string[]) => Promise<void>,
): Promise<void> {
  const what = requirements.length > 1 ? `CUDA (${requirements.length} wheels)` : requirements[0];
  observer.step(`downloading ${what} with ${python} -m pip`);
  const wheels = join(folder, "wheels");
  await mkdir(wheels);
  let total = 0;
  const onSize = (bytes: number) => {
    total += bytes;
  };
  const report = async () => observer.download(await folderSize(wheels), total);
  const timer = setInterval(() => void report(), 500); // milliseconds
  try {
    const paths = await downloadWheels(python, requirements, wheels, { signal, onSize });
    clearInterval(timer);
    await report();
    await use(paths);
  } finally {
    clearInterval(timer);
    await rm(wheels, { recursive: true, force: true });
  }
}

/** @returns The wheel's METADATA. */
async function unpack(
  path: string,
  folder: string,
  wanted: (file: string) => boolean,
  signal: AbortSignal | undefined,
): Promise<string> {
  const wheel = await openWheel(path);
  try {
    await unpackWheel(wheel, folder, wanted, signal);
    return await readDistInfo(wheel, "METADATA");
  } finally {
    closeWheel(wheel);
  }
}
