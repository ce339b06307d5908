import { duration } from "../report/kit/numbers.ts";
import type { AttentionRecord, RunObserver, StepRecord, ValidationRecord } from "../run/run-records.ts";
import { progressDisplay } from "./progress.ts";

/** Shows a run's progress: its steps on the bar, scores and notices as lines that stay. */
export function trainingProgress(totalSteps: number): RunObserver {
  const summarize = stepSummary(totalSteps);
  const display = progressDisplay();
  display.update(0, totalSteps, "first step …");
  return {
    record(record) {
      if (record.kind === "step") display.update(record.step, totalSteps, summarize(record));
      else if (record.kind === "validation") display.say(describeScores(record));
      else display.say(describeAttention(record));
    },
    notice: display.say,
    close: display.close,
  };
}

/** Describes each step for the display; speeds are moving averages over the steps so far. */
function stepSummary(totalSteps: number): (record: StepRecord) => string {
  const started = performance.now();
  let firstStep: number | undefined;
  const speed = movingAverage();
  const wait = movingAverage();
  return ({ step, loss, learningRate, temperature, imagesPerSecond, waitShare }) => {
    firstStep ??= step - 1;
    const secondsPerStep = (performance.now() - started) / 1000 / (step - firstStep);
    return [
      `step ${step}/${totalSteps}`,
      `loss ${loss.toExponential(3)}`,
      `lr ${learningRate.toPrecision(3)}`,
      `τ ${temperature.toFixed(1)}`,
      `${speed(imagesPerSecond).toFixed(1)} images/s`,
      `wait ${(100 * wait(waitShare)).toFixed(0)}%`,
      `${duration((totalSteps - step) * secondsPerStep)} left`,
    ].join("  ");
  };
}

/** Weight of a step's speed in the average shown: steps vary, the display should not flicker. */
const NEWEST = 0.1;

function movingAverage(): (value: number) => number {
  let average: number | undefined;
  return (value) => {
    average = average === undefined ? value : average + NEWEST * (value - average);
    return average;
  };
}

function describeScores({ epoch, scores, isBest, seconds }: ValidationRecord): string {
  const numbers = Object.entries(scores)
    .slice(0, 3)
    .map(([name, value]) => `${name} ${value.toFixed(3)}`);
  return `epoch ${epoch}: ${numbers.join(", ")}${isBest ? " (best)" : ""}, measured in ${seconds.toFixed(1)} s`;
}

function describeAttention({ epoch, layers }: AttentionRecord): string {
  const [sharpest] = layers.toSorted((a, b) => a.entropy - b.entropy);
  const mean = layers.reduce((sum, { entropy }) => sum + entropy, 0) / layers.length;
  const least = sharpest ? `; least ${sharpest.entropy.toFixed(3)}, ${sharpest.layer}` : "";
  return `epoch ${epoch}: attention entropy ${mean.toFixed(3)} of 1 on average${least}`;
}
