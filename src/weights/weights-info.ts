import { z } from "zod";

/**
 * What a weights file says of itself: enough to build its network, decode its heatmaps and name it in a protocol.
 * Stored as JSON under the metadata key {@link INFO_KEY}.
 */
const weightsInfoSchema = z.looseObject({
  model: z.looseObject({
    name: z.string(),
    inputSize: z.tuple([z.number(), z.number()]),
    numKeypoints: z.number(),
    kernels: z.number().optional(),
    reduction: z.number().optional(),
    dynamicBackbone: z.boolean().optional(),
    dynamicHead: z.boolean().optional(),
  }),
  codec: z.looseObject({ kind: z.enum(["gaussian", "dark", "udp"]), sigma: z.number() }),
  skeleton: z.string(),
  /** How much larger than its box the crops it learnt from are. @default 1.25 */
  padding: z.number().positive().optional(),
  /** Temperature of the attention at the time of saving. */
  temperature: z.number(),
  /** Steps and epochs trained. */
  step: z.number(),
  epoch: z.number(),
  /** Validation AP, where it was measured. */
  averagePrecision: z.number().nullable(),
  versions: z.record(z.string(), z.string()),
});

export type WeightsInfo = z.infer<typeof weightsInfoSchema>;

/** Key of the metadata that holds {@link WeightsInfo}. */
export const INFO_KEY = "dypose";

/** Reads the info out of a file's metadata. */
export function parseWeightsInfo(path: string, metadata: Readonly<Record<string, string>>): WeightsInfo {
  const text = metadata[INFO_KEY];
  if (text === undefined) {
    throw new Error(`${path}: expected weights saved by dypose (metadata key "${INFO_KEY}"), got none`);
  }
  const result = weightsInfoSchema.safeParse(parseJson(path, text));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new Error(`${path}: expected ${INFO_KEY}.${issue?.path.join(".")}: ${issue?.message}`);
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${path}: expected JSON in metadata key "${INFO_KEY}"`, { cause });
  }
}
