import { Command, Option } from "commander";
import { COCO_SKELETON } from "../../eval/skeletons/coco.ts";
import type { ModelSpec } from "../models/model-spec.ts";
import type { WeightsLibrary } from "../weights/import/namings.ts";
import { inputSize, integer, numberBetween } from "./options.ts";

interface ImportFlags {
  as: WeightsLibrary;
  model: string;
  out: string;
  input?: [height: number, width: number];
  keypoints: number;
  kernels: number;
  noise: number;
  seed: number;
}

/** `dypose import`: weights that another library trained, for a network of ours. */
export function importCommand(): Command {
  return new Command("import")
    .description("turn a classifier's weights from torchvision or timm into those of a network here")
    .argument("<file>", "a state dict in the safetensors format")
    .addOption(
      new Option("--as <library>", "whose names the file has")
        .choices(["torchvision", "timm"])
        .makeOptionMandatory(),
    )
    .requiredOption(
      "--model <name>",
      "network to make: a classifier, or a keypoint network with that backbone",
    )
    .requiredOption("--out <file>", "weights file to write")
    .option("--input <HxW>", "input size in pixels (256x192, a classifier 224x224)", inputSize)
    .option("--keypoints <n>", "keypoints of the skeleton", integer(1), 17)
    .option("--kernels <n>", "kernels of a dynamic convolution; each starts as the static one", integer(1), 4)
    .option("--noise <share>", "added to each of them, as a share of its spread", numberBetween(0, 10), 0)
    .option("--seed <n>", "of the noise, the attention and a keypoint head", integer(0), 0)
    .action(importFile);
}

async function importFile(file: string, flags: ImportFlags): Promise<void> {
  const { loadEngine } = await import("../engine/load-engine.ts");
  const { buildModel } = await import("../models/build-model.ts");
  const { taskOf } = await import("../models/model-name.ts");
  const { adoptWeights } = await import("../weights/import/initialise-weights.ts");
  const { importWeights } = await import("../weights/import/import-weights.ts");
  const { saveWeights } = await import("../weights/weights-file.ts");

  const isClassifier = taskOf(flags.model) === "classification";
  // Copying computes nothing: the plain engine is always there and starts at once.
  await loadEngine("cpu");
  const weights = await importWeights(file, flags.as, flags.model);
  const spec = {
    name: flags.model,
    inputSize: flags.input ?? (isClassifier ? [224, 224] : [256, 192]),
    kernels: flags.kernels,
    ...(isClassifier
      ? { numClasses: weights.get("classes/bias")?.shape[0] as number }
      : { numKeypoints: flags.keypoints }),
  } satisfies ModelSpec;
  const model = buildModel({ ...spec, seed: flags.seed });
  const taken = new Set(adoptWeights(model, weights, flags));
  await saveWeights(model, flags.out, infoOf(spec));
  const own = model.weights.map(({ originalName }) => originalName).filter((name) => !taken.has(name));
  model.dispose();
  const unused = [...weights.keys()].filter((name) => !taken.has(name));
  console.log(`${flags.out}: ${flags.model} with ${taken.size} weights of ${file}`);
  if (own.length > 0) console.log(`first weights from seed ${flags.seed}: ${layersOf(own)}`);
  if (unused.length > 0) console.log(`left out: ${layersOf(unused)}`);
}

/** What the file says of itself. Its keypoint heads are not trained yet; their codec is what training starts with. */
function infoOf(spec: ModelSpec) {
  const { name, inputSize, kernels, numClasses, numKeypoints } = spec;
  const model = { name, inputSize: [...inputSize] as [number, number], kernels };
  const progress = { temperature: 1, step: 0, epoch: 0, versions: { node: process.version } };
  if (numClasses !== undefined) return { model: { ...model, numClasses }, ...progress, accuracy: null };
  return {
    model: { ...model, numKeypoints: numKeypoints as number },
    codec: { kind: "gaussian" as const, sigma: 2 },
    skeleton: COCO_SKELETON,
    ...progress,
    averagePrecision: null,
  };
}

/** The parts of a network that weights belong to, the attention of dynamic convolutions told apart. */
function layersOf(weights: readonly string[]): string {
  const part = (name: string) => (name.includes("/attention_") ? "attention" : name.replace(/[_/].*$/, ""));
  return [...new Set(weights.map(part))].join(", ");
}
