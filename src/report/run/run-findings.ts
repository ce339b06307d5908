import { mainScore } from "../../run/run-records.ts";
import { count, percent, score, signed, spoken } from "../kit/numbers.ts";
import type { Finding } from "../score/findings.ts";
import type { RunReport } from "./run-report.ts";

/** A score that fell by less counts as equal to the best. */
const TOLERANCE = 0.005;
/** A share of time waiting for data below this is not worth another worker thread. */
const SMALL_WAIT = 0.05;
/** Above this entropy, all kernels count the same for every image. */
const UNIFORM = 0.99;

/** Sentences about a run that its reader should not have to find in the curves. */
export function runFindings(report: RunReport): Finding[] {
  return [
    ...bestScore(report),
    ...skippedSteps(report),
    ...waiting(report),
    ...clipping(report),
    ...kernelUse(report),
  ];
}

function bestScore({ numbers: { best, last }, validations }: RunReport): Finding[] {
  if (!best || !last) return [];
  const [name, value] = mainScore(best.scores);
  const inTheEnd = mainScore(last.scores)[1];
  const reached = `${name} ${score(value)} at epoch ${best.epoch}`;
  if (!(value > 0)) return [{ kind: "cost", text: `${name} is ${score(value)}: nothing is found yet.` }];
  const fallen = inTheEnd - value;
  if (best === last) {
    const before = validations.at(-2);
    const gained = before && value - mainScore(before.scores)[1];
    const text =
      gained !== undefined && gained > TOLERANCE
        ? `Best at the end: ${reached}, ${signed(gained)} since epoch ${before?.epoch}. More epochs may bring more.`
        : `Best at the end: ${reached}.`;
    return [{ kind: "good", text }];
  }
  const end = `${score(inTheEnd)} at the end (${signed(fallen)})`;
  return [{ kind: fallen < -TOLERANCE ? "look" : "good", text: `Best: ${reached}; ${end}.` }];
}

function skippedSteps({ numbers: { skipped, step } }: RunReport): Finding[] {
  if (skipped === 0) return [];
  const text = `${count(skipped)} of ${count(step)} steps were skipped: their loss or gradient was not finite.`;
  return [{ kind: "cost", text }];
}

function waiting({ numbers: { waitShare }, config }: RunReport): Finding[] {
  if (!(waitShare > SMALL_WAIT)) return [];
  const cure =
    config.task === "keypoints"
      ? `: more data.workers (${config.data.workers}) or data.cacheMegabytes (${config.data.cacheMegabytes}) may help`
      : "";
  const text = `${percent(waitShare, 0)} of the training time went into waiting for data${cure}.`;
  return [{ kind: "cost", text }];
}

function clipping({ steps, config: { train } }: RunReport): Finding[] {
  const { clipNorm } = train;
  if (clipNorm === undefined || steps.length === 0) return [];
  const clipped = steps.filter(({ gradientNorm }) => gradientNorm > clipNorm).length / steps.length;
  return [
    { kind: "look", text: `train.clipNorm (${clipNorm}) shortened ${percent(clipped)} of the gradients.` },
  ];
}

function kernelUse({ attention }: RunReport): Finding[] {
  const layers = attention.at(-1)?.layers ?? [];
  const [sharpest] = layers.toSorted((a, b) => a.entropy - b.entropy);
  if (!sharpest) return [];
  const mean = layers.reduce((sum, { entropy }) => sum + entropy, 0) / layers.length;
  if (mean > UNIFORM) {
    const text = `The attention is nearly uniform in the end, entropy ${score(mean)} of 1 on average: each layer’s kernels act as their mean.`;
    return [{ kind: "look", text }];
  }
  const layer = spoken(sharpest.layer.replace(/_conv$/, ""));
  const text = `Attention entropy is ${score(mean)} of 1 on average in the end; the most selective layer is ${layer} (${score(sharpest.entropy)}).`;
  return [{ kind: "good", text }];
}
