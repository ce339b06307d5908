import { hasNvidiaGpu } from "../engine/best-engine.ts";
import {
  cacheFolder,
  type Device,
  engineFolder,
  folderSize,
  installedEngines,
} from "../engine/engine-folder.ts";
import { installEngine, removeEngine } from "../engine/install/install-engine.ts";
import type { InstallObserver } from "../engine/install/unpack-tensorflow.ts";
import { duration } from "../report/kit/numbers.ts";
import { downloadProgress } from "./progress.ts";

interface EngineFlags {
  gpu?: boolean;
  cpu?: boolean;
  tensorflow: string;
}

export async function install(flags: EngineFlags & { ifMissing?: boolean }): Promise<void> {
  const device = chooseDevice(flags);
  const { tensorflow, ifMissing } = flags;
  const started = performance.now();
  const progress = downloadProgress();
  let steps = 0;
  const observer: InstallObserver = {
    step(line) {
      progress.close();
      steps++;
      console.log(line);
    },
    download(bytes, total) {
      if (total === 0) return; // pip had it already, or has not said yet
      progress.update("TensorFlow", "bytes", bytes, Math.max(bytes, total));
    },
  };
  const interrupt = new AbortController();
  const stop = () => interrupt.abort();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    const engine = { device, tensorflow, ifMissing, observer, signal: interrupt.signal };
    const { folder } = await installEngine(engine);
    progress.close();
    const took = steps > 0 ? ` after ${duration((performance.now() - started) / 1000)}` : "";
    console.log(`TensorFlow ${tensorflow} for the ${device.toUpperCase()} is in ${folder}${took}`);
  } catch (error) {
    progress.close();
    if (!interrupt.signal.aborted) throw error;
    throw new Error(`engine install: interrupted; ${engineFolder(tensorflow, device)} is as it was`, {
      cause: error,
    });
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

export async function list(): Promise<void> {
  const engines = installedEngines();
  if (engines.length === 0) console.log(`no engine in ${cacheFolder()}; "dypose engine install" makes one`);
  for (const { folder, tensorflow, device } of engines) {
    const gigabytes = (await folderSize(folder)) / 1e9;
    console.log(
      `TensorFlow ${tensorflow} for the ${device.toUpperCase()}, ${gigabytes.toFixed(1)} GB, ${folder}`,
    );
  }
}

export async function remove(flags: EngineFlags): Promise<void> {
  const folder = engineFolder(flags.tensorflow, chooseDevice(flags));
  await removeEngine(folder);
  console.log(`removed ${folder}`);
}

function chooseDevice({ gpu, cpu }: EngineFlags): Device {
  return gpu || (!cpu && hasNvidiaGpu()) ? "gpu" : "cpu";
}
