import * as tf from "@tensorflow/tfjs-core";
import { median } from "../../eval/median.ts";

/** What one convolution took. */
export interface ConvolutionSpeed {
  /** Median of the runs, milliseconds. */
  readonly milliseconds: number;
  /** Billions of floating-point operations a second; a multiply-add counts two. */
  readonly gflops: number;
}

const INPUT: [number, number, number, number] = [8, 64, 48, 64];
const FILTER: [number, number, number, number] = [3, 3, 64, 64];
const FLOPS = 2 * 8 * 64 * 48 * (3 * 3 * 64) * 64;
const MAX_RUNS = 15;

/** Measures a 3×3 convolution, 64 to 64 channels at [8, 64, 48], on the engine in use, for about `budget` milliseconds. */
export async function measureConvolution(budget: number): Promise<ConvolutionSpeed> {
  const [x, filter] = [tf.randomUniform<tf.Rank.R4>(INPUT), tf.randomUniform<tf.Rank.R4>(FILTER)];
  const times: number[] = [];
  const until = performance.now() + budget;
  while (times.length === 0 || (performance.now() < until && times.length < MAX_RUNS)) {
    const started = performance.now();
    const y = tf.conv2d(x, filter, 1, "same");
    // A GPU works on while JavaScript goes on: wait for one number.
    const corner = tf.slice(y, [0, 0, 0, 0], [1, 1, 1, 1]);
    await corner.data();
    times.push(performance.now() - started);
    tf.dispose([y, corner]);
  }
  tf.dispose([x, filter]);
  const milliseconds = median(times);
  return { milliseconds, gflops: FLOPS / milliseconds / 1e6 };
}
