/** A process that loads the engine named, sums 3 × 3 ones with a convolution and prints both. */
import * as tf from "@tensorflow/tfjs-core";
import type { EngineChoice } from "../../src/engine/engine.ts";
import { loadEngine } from "../../src/engine/load-engine.ts";

const engine = await loadEngine(process.argv[2] as EngineChoice);
const sums = tf.conv2d(tf.ones<tf.Rank.R4>([1, 3, 3, 1]), tf.ones<tf.Rank.R4>([3, 3, 1, 1]), 1, "same");
process.stdout.write(JSON.stringify({ ...engine, center: sums.dataSync()[4] }));
