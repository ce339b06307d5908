import { Command, Option } from "commander";
import { TENSORFLOW_VERSION } from "../../engine/engine.ts";

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
    .action(async (flags) => (await import("../engine.ts")).install(flags));
  command
    .command("list")
    .description("engines in the cache folder, with their sizes")
    .action(async () => (await import("../engine.ts")).list());
  command
    .command("remove")
    .description("remove an engine from the cache folder")
    .addOption(new Option("--gpu", "the one for NVIDIA GPUs").conflicts("cpu"))
    .option("--cpu", "the one for the CPU")
    .option("--tensorflow <version>", "which TensorFlow", TENSORFLOW_VERSION)
    .action(async (flags) => (await import("../engine.ts")).remove(flags));
  return command;
}

/** `dypose doctor`: what computes here, how fast, and what would be faster. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .description("show what computes here and how fast; exit code 1 when it is not the best engine")
    .option("--json", "print JSON")
    .action(async (_flags, command) => (await import("../doctor.ts")).doctor(command.optsWithGlobals()));
}
