import * as tf from "@tensorflow/tfjs-core";

/** Tensors beyond the first count that are one too many: one leaked a step is found after as many steps. */
const MARGIN = 100;

/**
 * Watches the number of tensors between steps: it has to stay where it was after the first one.
 *
 * @returns To be called after every step; throws once the count has grown by {@link MARGIN}.
 */
export function leakGuard(): () => void {
  let first: number | undefined;
  let steps = 0;
  return () => {
    const { numTensors } = tf.memory();
    first ??= numTensors;
    steps++;
    if (numTensors <= first + MARGIN) return;
    throw new Error(
      `leak guard: expected ${first} tensors after each step, got ${numTensors} after ${steps} steps`,
    );
  };
}
