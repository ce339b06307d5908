import type { Config } from "../config/schema.ts";
import { prepareClassifier } from "./prepare-classifier.ts";
import { prepareKeypoints } from "./prepare-keypoints.ts";
import type { PrepareOptions, Training } from "./training.ts";

/**
 * Builds what a config describes: the network with its first weights, the training data, the validation.
 *
 * @param dataFolder For keypoints in COCO's layout: `annotations/person_keypoints_<split>.json` and `<split>/` with the
 * images. For a classifier `<split>/<class>/` with the images.
 */
export async function prepareTraining(
  config: Config,
  dataFolder: string,
  options: PrepareOptions = {},
): Promise<Training> {
  return config.task === "keypoints"
    ? await prepareKeypoints(config, dataFolder, options)
    : await prepareClassifier(config, dataFolder, options);
}
