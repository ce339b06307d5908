import { buildModel } from "../../models/build-model.ts";
import { parseModelName } from "../../models/model-name.ts";
import { type HostTensor, readSafetensors } from "../safetensors.ts";
import { namingOf, type WeightsLibrary } from "./namings.ts";
import { translate } from "./translate.ts";

/** torchvision's and timm's own number, ImageNet's; named in errors where a file has no classifier to count by. */
const DEFAULT_CLASSES = 1000;

/**
 * Reads a classifier's weights that another library saved. An engine has to be loaded.
 *
 * @param modelName The network of ours that they are for; its backbone alone decides how they are read.
 * @returns Weights of the static classifier with that backbone and the file's classes, by their names here.
 * @throws {RangeError} If the library has no such network.
 * @throws {Error} If the file cannot be read, or listing every tensor that is missing, extra or misshapen.
 */
export async function importWeights(
  path: string,
  library: WeightsLibrary,
  modelName: string,
): Promise<Map<string, HostTensor>> {
  const naming = namingOf(library, parseModelName(modelName).backbone);
  const { tensors } = await readSafetensors(path);
  const classes = tensors.get(`${naming.outside["classes"]?.[0]}.weight`);
  const classifier = buildModel({
    name: modelName.replace(/^dy-/, "").replace(/_.*$/, "_classifier"),
    inputSize: [32, 32],
    numClasses: classes?.shape[0] || DEFAULT_CLASSES,
    initialize: false,
  });
  try {
    return translate(classifier, tensors, naming, path);
  } finally {
    classifier.dispose();
  }
}
