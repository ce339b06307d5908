import { MultiBar } from "cli-progress";
import { duration } from "../report/kit/numbers.ts";
import type { AttentionRecord, RunObserver, StepRecord, ValidationRecord } from "../run/run-records.ts";

/** Milliseconds between lines where the output is not a terminal. */
const PLAIN_INTERVAL = 10_000;

/** Weight of a step's speed in the average shown: steps vary, the display should not flicker. */
const NEWEST = 0.1;

const FORMAT = "{bar} {summary}";

/** Shows a run's progress: a bar on a terminal, a line now and then elsewhere. */
export function progressLine(totalSteps: number, out: NodeJS.WriteStream = process.stderr): RunObserver {
  const summarize = stepSummary(totalSteps);
  const display = out.isTTY ? barDisplay(totalSteps, out) : lineDisplay(totalSteps, out);
  return {
    record(record) {
      if (record.kind === "step") display.step(record.step, summarize(record));
      else if (record.kind === "validation") display.say(describeScores(record));
      else display.say(describeAttention(record));
    },
    notice: display.say,
    close: display.close,
  };
}

interface Display {
  step(step: number, summary: string): void;
  /** A line that stays. */
  say(line: string): void;
  close(): void;
}

function barDisplay(totalSteps: number, stream: NodeJS.WriteStream): Display {
  // Signals are the run's own affair: it saves first.
  const bars = new MultiBar({ format: FORMAT, stream, barsize: 20, gracefulExit: false });
  const bar = bars.create(totalSteps, 0, { summary: "first step …" });
  return {
    step: (step, summary) => bar.update(step, { summary }),
    say: (line) => bars.log(`${line}\n`),
    close: () => bars.stop(),
  };
}

function lineDisplay(totalSteps: number, out: NodeJS.WriteStream): Display {
  let nextAt = 0;
  return {
    step(step, summary) {
      if (performance.now() < nextAt && step < totalSteps) return;
      nextAt = performance.now() + PLAIN_INTERVAL;
      out.write(`${summary}\n`);
    },
    say: (line) => void out.write(`${line}\n`),
    close() {},
  };
}

/** Turns steps into what is shown of them; speeds are averaged over the steps it has seen. */
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
