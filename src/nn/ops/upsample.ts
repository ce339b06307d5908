import * as tf from "@tensorflow/tfjs-core";
import { boolAttribute, floatType, rawOp } from "../../engine/raw-op.ts";
import { type Operation, runOperation } from "./operation.ts";

const halfPixel = () => [
  floatType(),
  boolAttribute("align_corners", false),
  boolAttribute("half_pixel_centers", true),
];

const forward: Operation<"x"> = {
  name: "DyposeUpsample",
  portable: ({ x }) => {
    const [, height, width] = x.shape as [number, number, number, number];
    return [tf.image.resizeBilinear(x as tf.Tensor4D, [2 * height, 2 * width], false, true)];
  },
  savedInputs: ["x"],
  gradient: ([dy], { inputs: { x } }) => ({
    x: () => runOperation(gradient, { dy, x }, {})[0],
  }),
};

/** TF.js's own gradient of a resize ignores half-pixel centres, hence this one. `x` gives the shape alone. */
const gradient: Operation<"dy" | "x"> = {
  name: "DyposeUpsampleGradient",
  portable: ({ dy }) => [adjointAlong(adjointAlong(dy, 1), 2)],
  tensorflow: ({ dy, x }) => rawOp("ResizeBilinearGrad", halfPixel(), [dy, x]),
  savedInputs: ["x"],
  gradient: ([ddx], { inputs: { x } }) => ({
    dy: () => upsampleBilinear(ddx),
    x: () => tf.zerosLike(x),
  }),
};

/**
 * The adjoint of doubling one axis. Doubling makes cell i into `¼ x[i-1] + ¾ x[i]` and `¾ x[i] + ¼ x[i+1]`, with the
 * border cell standing in for the one beyond it; so x[i] collects ¾ of its own two, and ¼ of a neighbour's each side.
 */
function adjointAlong(dy: tf.Tensor, axis: 1 | 2): tf.Tensor {
  const size = (dy.shape[axis] as number) / 2;
  const [before, after] = [dy.shape.slice(0, axis), dy.shape.slice(axis + 1)];
  const pairs = tf.reshape(dy, [
    before.reduce((a, b) => a * b, 1),
    size,
    2,
    after.reduce((a, b) => a * b, 1),
  ]);
  const [rows, , , columns] = pairs.shape as [number, number, number, number];
  const [even, odd] = tf.unstack(pairs, 2) as [tf.Tensor, tf.Tensor]; // [rows, size, columns]
  const cells = (x: tf.Tensor, begin: number, count: number) =>
    tf.slice(x, [0, begin, 0], [rows, count, columns]);
  const nothing = tf.zeros([rows, 1, columns]);
  const fromNext = tf.concat([cells(even, 1, size - 1), nothing], 1);
  const fromPrevious = tf.concat([nothing, cells(odd, 0, size - 1)], 1);
  const border =
    size === 1
      ? tf.add(even, odd)
      : tf.concat([cells(even, 0, 1), tf.zeros([rows, size - 2, columns]), cells(odd, size - 1, 1)], 1);
  const own = tf.mul(tf.add(even, odd), 0.75);
  const neighbours = tf.mul(tf.addN([fromNext, fromPrevious, border]), 0.25);
  return tf.reshape(tf.add(own, neighbours), [...before, size, ...after]);
}

/**
 * Bilinear ×2 upsampling with half-pixel centres (PyTorch's `align_corners=False`).
 *
 * @param x `[B, H, W, C]`
 * @returns `[B, 2H, 2W, C]`, the caller's to dispose.
 */
export function upsampleBilinear(x: tf.Tensor): tf.Tensor {
  return runOperation(forward, { x }, {})[0];
}
