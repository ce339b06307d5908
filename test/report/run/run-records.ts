import type { Config } from "../../../src/config/schema.ts";
import type { RunRecord } from "../../../src/run/run-records.ts";

/** Made-up records of a whole run: the loss halves with every epoch, AP is a tenth of the epoch. */
export function runRecords(
  { train }: Config,
  stepsPerEpoch: number,
  layers = ["stage1_block1_conv"],
): RunRecord[] {
  const records: RunRecord[] = [];
  for (let step = 1; step <= train.epochs * stepsPerEpoch; step++) {
    const epoch = step / stepsPerEpoch;
    records.push({
      kind: "step",
      step,
      epoch,
      loss: 2 ** -epoch,
      learningRate: 0.01,
      temperature: 30 - epoch,
      gradientNorm: 1 / step,
      skipped: false,
      imagesPerSecond: 8,
      waitShare: 0.25,
    });
    if (step % stepsPerEpoch !== 0) continue;
    const scores = { AP: epoch / 10, "AP.5": epoch / 8, "AP.75": epoch / 16 };
    records.push({ kind: "validation", step, epoch, scores, isBest: true, seconds: 2 });
    if (layers.length === 0) continue;
    const summaries = layers.map((layer) => ({ layer, entropy: 1 - epoch / 20, usage: [0.7, 0.2, 0.1, 0] }));
    records.push({ kind: "attention", step, epoch, layers: summaries });
  }
  return records;
}
