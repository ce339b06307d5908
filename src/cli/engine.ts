import { Command } from "commander";
import { TENSORFLOW_VERSION } from "../engine/engine-folder.ts";
import { installEngine } from "../engine/install-engine.ts";
import { hasNvidiaGpu } from "../engine/nvidia.ts";

interface InstallFlags {
  gpu?: boolean;
  cpu?: boolean;
  tensorflow: string;
  ifMissing?: boolean;
}

/** `dypose engine …`: the TensorFlow that dypose computes with. */
export function engineCommand(): Command {
  const command = new Command("engine").description("install TensorFlow");
  command
    .command("install")
    .description("download TensorFlow with pip and compile its binding into the cache folder")
    .option("--gpu", "the CUDA build (the default when there is an NVIDIA GPU)")
    .option("--cpu", "the CPU build")
    .option("--tensorflow <version>", "which TensorFlow", TENSORFLOW_VERSION)
    .option("--if-missing", "do nothing when it is already installed")
    .action(install);
  return command;
}

async function install(flags: InstallFlags): Promise<void> {
  const device = flags.gpu || (!flags.cpu && hasNvidiaGpu()) ? "gpu" : "cpu";
  const { tensorflow, ifMissing } = flags;
  const engine = await installEngine({
    device,
    tensorflow,
    ifMissing,
    onStep: (step) => console.log(step),
  });
  console.log(`TensorFlow ${engine.tensorflow} (${engine.device}) is in ${engine.folder}`);
}
