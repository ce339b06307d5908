import { SingleBar } from "cli-progress";
import { Command, Option } from "commander";
import { type Device, TENSORFLOW_VERSION } from "../engine/engine-folder.ts";
import type { InstallObserver } from "../engine/install/unpack-tensorflow.ts";
import { duration } from "../report/kit/numbers.ts";

interface EngineFlags {
  gpu?: boolean;
  cpu?: boolean;
  tensorflow: string;
}

/** `dypose engine …`: the TensorFlow that dypose computes with. */
export function engineCommand(): Command {
  const command = new Command("engine").description("install, list and remove TensorFlow");
  command
    .command("install")
    .description("download TensorFlow with pip and compile its binding, into the cache folder")
    .addOption(new Option("--gpu", "for NVIDIA GPUs; the default where there is one").conflicts("cpu"))
    .option("--cpu", "for the CPU")
    .option("--tensorflow <version>", "which TensorFlow", TENSORFLOW_VERSION)
    .option("--if-missing", "leave an engine that is there as it is")
    .action(install);
  command.command("list").description("engines in the cache folder, with their sizes").action(list);
  command
    .command("remove")
    .description("remove an engine from the cache folder")
    .addOption(new Option("--gpu", "the one for NVIDIA GPUs").conflicts("cpu"))
    .option("--cpu", "the one for the CPU")
    .option("--tensorflow <version>", "which TensorFlow", TENSORFLOW_VERSION)
    .action(remove);
  return command;
}

async function install(flags: EngineFlags & { ifMissing?: boolean }): Promise<void> {
  const { engineFolder } = await import("../engine/engine-folder.ts");
  const { installEngine } = await import("../engine/install/install-engine.ts");
  const device = await chooseDevice(flags);
  const { tensorflow, ifMissing } = flags;
  const started = performance.now();
  const progress = showProgress();
  const interrupt = new AbortController();
  const stop = () => interrupt.abort();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    const engine = { device, tensorflow, ifMissing, observer: progress.observer, signal: interrupt.signal };
    const { folder } = await installEngine(engine);
    progress.close();
    const took = progress.hasWorked() ? ` after ${duration((performance.now() - started) / 1000)}` : "";
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

async function list(): Promise<void> {
  const { cacheFolder, folderSize, installedEngines } = await import("../engine/engine-folder.ts");
  const engines = installedEngines();
  if (engines.length === 0) console.log(`no engine in ${cacheFolder()}; "dypose engine install" makes one`);
  for (const { folder, tensorflow, device } of engines) {
    const gigabytes = (await folderSize(folder)) / 1e9;
    console.log(
      `TensorFlow ${tensorflow} for the ${device.toUpperCase()}, ${gigabytes.toFixed(1)} GB, ${folder}`,
    );
  }
}

async function remove(flags: EngineFlags): Promise<void> {
  const { engineFolder } = await import("../engine/engine-folder.ts");
  const { removeEngine } = await import("../engine/install/install-engine.ts");
  const folder = engineFolder(flags.tensorflow, await chooseDevice(flags));
  await removeEngine(folder);
  console.log(`removed ${folder}`);
}

async function chooseDevice({ gpu, cpu }: EngineFlags): Promise<Device> {
  const { hasNvidiaGpu } = await import("../engine/best-engine.ts");
  return gpu || (!cpu && hasNvidiaGpu()) ? "gpu" : "cpu";
}

/** A line a step, and on a terminal a bar while something is being downloaded. */
function showProgress(): { observer: InstallObserver; close: () => void; hasWorked: () => boolean } {
  let bar: SingleBar | undefined;
  let steps = 0;
  const close = () => {
    bar?.stop();
    bar = undefined;
  };
  const observer: InstallObserver = {
    step(line) {
      close();
      steps++;
      console.log(line);
    },
    download(bytes, total) {
      if (total === 0) return; // pip had it already, or has not said yet
      const [done, all] = [Math.round(bytes / 1e6), Math.round(Math.max(bytes, total) / 1e6)];
      if (!bar) {
        const format = "{bar} {value} of {total} MB, {eta_formatted} left";
        bar = new SingleBar({ format, barsize: 20, gracefulExit: false });
        bar.start(all, done);
      }
      bar.setTotal(all);
      bar.update(done);
    },
  };
  return { observer, close, hasWorked: () => steps > 0 };
}
