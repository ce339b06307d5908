import * as tf from "@tensorflow/tfjs-core";
import { normalise } from "../../datasets/image/normalise.ts";
import type { RgbImage } from "../../datasets/image/rgb-image.ts";
import { type GraphFunction, type GraphOptions, graphFunction } from "../engine/graph/graph-function.ts";
import { modelState } from "../nn/network.ts";
import { writeWeights } from "../weights/model-weights.ts";
import { readSafetensors } from "../weights/safetensors.ts";
import { findZooWeights } from "../weights/zoo.ts";
import { decodeNanodet } from "./decode-nanodet.ts";
import { edgesInPicture, letterbox, letterboxGeometry } from "./letterbox.ts";
import { buildNanodet, NANODET_STRIDES } from "./nanodet.ts";
import {
  completeOptions,
  type DetectPersonsOptions,
  type PersonBox,
  type PersonDetector,
  suppressOverlaps,
} from "./person-detector.ts";

/** The authors': above it, two boxes are of one person. */
const MAX_IOU = 0.6;
/** [height, width] in pixels: what the weights were trained at. */
const INPUT_SIZE = [416, 416] as const;

export interface NanodetOptions extends Pick<GraphOptions, "patience"> {
  /** A weights file that `dypose import --as nanodet` wrote. @default the one that comes with the package */
  readonly weights?: string | undefined;
}

/**
 * Loads the person detector. An engine has to be loaded; the caller disposes the detector.
 *
 * @param options.patience Pictures that go without a graph: one or two do not repay making it. @default 0
 * @throws {Error} If the weights are missing, truncated, corrupt or of another network: one line that names the file.
 */
export async function loadNanodet({ weights, patience = 0 }: NanodetOptions = {}): Promise<PersonDetector> {
  const file = weights ?? (await findZooWeights("nanodet-g_416"));
  const { tensors } = await readSafetensors(file);
  const { model } = buildNanodet();
  try {
    writeWeights(model, tensors, file);
  } catch (error) {
    model.dispose();
    throw error;
  }
  const pass = graphFunction(
    ([input]) => model.apply(input as tf.Tensor) as tf.Tensor[],
    () => modelState(model),
    { frozen: true, patience },
  );
  return {
    name: model.name,
    detect: (image, options) => detectPersons(pass, image, options),
    dispose() {
      pass.dispose();
      model.dispose();
    },
  };
}

async function detectPersons(
  pass: GraphFunction,
  image: RgbImage,
  options: DetectPersonsOptions = {},
): Promise<PersonBox[]> {
  const { minScore, maxPersons } = completeOptions(options);
  const geometry = letterboxGeometry(image, INPUT_SIZE);
  const values = new Float32Array(3 * INPUT_SIZE[0] * INPUT_SIZE[1]);
  normalise(letterbox(image, geometry), values);
  const input = tf.tensor4d(values, [1, ...INPUT_SIZE, 3]);
  const outputs = pass.run([input]); // [1, h, w, 45] for each stride
  input.dispose();
  const answers = await Promise.all(outputs.map((output) => output.data<"float32">())).finally(() =>
    tf.dispose(outputs),
  );
  const boxes = answers.flatMap((cells, i) => {
    const stride = NANODET_STRIDES[i] as number;
    return decodeNanodet(cells, INPUT_SIZE[1] / stride, stride, minScore);
  });
  const inPicture = boxes.flatMap(({ score, ...edges }): PersonBox[] => {
    const { left, top, right, bottom } = edgesInPicture(edges, geometry, image);
    const [width, height] = [right - left, bottom - top];
    return width > 0 && height > 0 ? [{ x: left, y: top, width, height, score }] : [];
  });
  return suppressOverlaps(inPicture, MAX_IOU, maxPersons);
}
