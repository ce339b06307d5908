import { z } from "zod";
import { CODEC_NAMES } from "../../datasets/codecs/codecs.ts";

/** What decides a network, whatever it answers. */
const modelFields = {
  name: z.string(),
  inputSize: z.tuple([z.number(), z.number()]),
  kernels: z.number().optional(),
  reduction: z.number().optional(),
  dynamicBackbone: z.boolean().optional(),
  dynamicHead: z.boolean().optional(),
};

const progressFields = {
  /** Temperature of the attention at the time of saving. */
  temperature: z.number(),
  /** Steps and epochs trained. */
  step: z.number(),
  epoch: z.number(),
  versions: z.record(z.string(), z.string()),
};

/** Indices of keypoints. */
const keypointPairs = z.array(z.tuple([z.number(), z.number()]).readonly()).readonly();

const weightsInfoSchema = z.looseObject({
  model: z.looseObject({ ...modelFields, numKeypoints: z.number() }),
  codec: z.looseObject({ kind: z.enum(CODEC_NAMES), sigma: z.number() }),
  skeleton: z.object({
    name: z.string(),
    keypoints: z.array(z.string()).readonly(),
    flipPairs: keypointPairs,
    edges: keypointPairs,
    sigmas: z.array(z.number()).readonly(),
  }),
  /** How much larger than its box the crops it learnt from are. @default 1.25 */
  padding: z.number().positive().optional(),
  ...progressFields,
  /** Validation AP, where it was measured. */
  averagePrecision: z.number().nullable(),
});

const classifierInfoSchema = z.looseObject({
  model: z.looseObject({ ...modelFields, numClasses: z.number() }),
  /** Names of the classes, in the order of the scores. */
  classes: z.array(z.string()).optional(),
  ...progressFields,
  /** Share of validation images whose most likely class is right, where it was measured. */
  accuracy: z.number().nullable(),
});

/**
 * What a keypoint network's weights file says of itself: enough to build the network, decode its heatmaps and name it
 * in a protocol. Stored as JSON under the metadata key {@link INFO_KEY}.
 */
export type WeightsInfo = z.infer<typeof weightsInfoSchema>;

/** The same of a classifier. */
export type ClassifierInfo = z.infer<typeof classifierInfoSchema>;

/** Key of the metadata that holds {@link WeightsInfo} or {@link ClassifierInfo}. */
export const INFO_KEY = "dypose";

/** Reads a keypoint network's info out of a file's metadata. */
export function parseWeightsInfo(path: string, metadata: Readonly<Record<string, string>>): WeightsInfo {
  const info = parseNetworkInfo(path, metadata);
  if ("skeleton" in info) return info as WeightsInfo;
  throw new Error(`${path}: expected weights of a keypoint network, got those of ${info.model.name}`);
}

/** Reads the info of either kind of network. */
export function parseNetworkInfo(
  path: string,
  metadata: Readonly<Record<string, string>>,
): WeightsInfo | ClassifierInfo {
  const text = metadata[INFO_KEY];
  if (text === undefined) {
    throw new Error(`${path}: expected weights saved by dypose (metadata key "${INFO_KEY}"), got none`);
  }
  const info = parseJson(path, text);
  const { detector } = (info ?? {}) as { detector?: { name?: string } };
  if (detector) {
    throw new Error(
      `${path}: expected weights of a pose network, got those of the detector ${detector.name}`,
    );
  }
  const result = (isClassifier(info) ? classifierInfoSchema : weightsInfoSchema).safeParse(info);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new Error(`${path}: expected ${INFO_KEY}.${issue?.path.join(".")}: ${issue?.message}`);
}

function isClassifier(info: unknown): boolean {
  const { model } = (info ?? {}) as { model?: object };
  return typeof model === "object" && model !== null && "numClasses" in model && !("numKeypoints" in model);
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${path}: expected JSON in metadata key "${INFO_KEY}"`, { cause });
  }
}
