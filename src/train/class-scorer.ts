import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { ClassBatch, ClassLoader } from "../../datasets/classes/class-loader.ts";
import { type AttentionSummary, attentionStatistics } from "../nn/attention-statistics.ts";
import { forwardPass } from "../nn/forward-pass.ts";
import type { Scores } from "./run-records.ts";

/** Scores a classifier, as it is at the time, on all images of a loader. */
export function classScorer(model: LayersModel, loader: ClassLoader) {
  const pass = forwardPass(model);
  const imageShape = (model.inputs[0]?.shape.slice(1) ?? []) as number[];
  const toTensor = ({ images, size }: ClassBatch) => tf.tensor(images, [size, ...imageShape]);
  return {
    close: () => pass.dispose(),
    async attention(): Promise<AttentionSummary[]> {
      for await (const batch of loader.epoch(0)) {
        const images = toTensor(batch);
        return attentionStatistics(model, images).finally(() => images.dispose());
      }
      return [];
    },
    /** Share of the images whose class has the highest score, and of those where it is among the five highest. */
    async score(): Promise<Scores> {
      let [count, top1, top5] = [0, 0, 0];
      for await (const batch of loader.epoch(0)) {
        const images = toTensor(batch);
        const [scores] = pass.run([images]) as [tf.Tensor];
        images.dispose();
        const ranks = ranksOf((await scores.data()) as Float32Array, batch.labels);
        scores.dispose();
        count += batch.size;
        top1 += ranks.filter((rank) => rank < 1).length;
        top5 += ranks.filter((rank) => rank < 5).length;
      }
      return { top1: top1 / count, top5: top5 / count };
    },
  };
}

/**
 * How many classes beat the right one, for each image; a tie goes against it, so that a network without an opinion is
 * not right by chance.
 *
 * @param scores [B, C]
 * @param labels [B]
 */
export function ranksOf(scores: Float32Array, labels: readonly number[]): number[] {
  const classes = scores.length / labels.length;
  return labels.map((label, i) => {
    const row = scores.subarray(i * classes, (i + 1) * classes);
    const own = row[label] as number;
    // Not "greater": a score that is no number is not right.
    return row.reduce((rank, score, c) => (c !== label && !(score < own) ? rank + 1 : rank), 0);
  });
}
