import type { RunObserver, RunRecord, StepRecord, ValidationRecord } from "../train/run-records.ts";

/** Seconds between lines where the output is not a terminal. */
const PLAIN_INTERVAL = 10;

/** Shows a run's progress: one line that updates on a terminal, a line now and then elsewhere. */
export function progressLine(totalSteps: number, out: NodeJS.WriteStream = process.stderr): RunObserver {
  const started = performance.now();
  let firstStep: number | undefined;
  let lastPrinted = 0;
  const print = (text: string) => void out.write(out.isTTY ? `\r\x1b[2K${text}` : `${text}\n`);
  const say = (text: string) => void out.write(out.isTTY ? `\r\x1b[2K${text}\n` : `${text}\n`);
  const onStep = (record: StepRecord) => {
    firstStep ??= record.step - 1;
    const now = performance.now();
    const isLast = record.step === totalSteps;
    if (!out.isTTY && !isLast && lastPrinted > 0 && now - lastPrinted < PLAIN_INTERVAL * 1000) return;
    lastPrinted = now;
    const secondsPerStep = (now - started) / 1000 / (record.step - firstStep);
    const left = formatDuration((totalSteps - record.step) * secondsPerStep);
    print(
      [
        `step ${record.step}/${totalSteps}`,
        `loss ${record.loss.toExponential(3)}`,
        `lr ${record.learningRate.toPrecision(3)}`,
        `τ ${record.temperature.toFixed(1)}`,
        `${record.imagesPerSecond.toFixed(1)} images/s`,
        `wait ${(100 * record.waitShare).toFixed(0)}%`,
        `${left} left`,
      ].join("  "),
    );
  };
  return {
    record: (record: RunRecord) => (record.kind === "step" ? onStep(record) : say(describeScores(record))),
    notice: say,
    close: () => void (out.isTTY && out.write("\n")),
  };
}

function describeScores({ epoch, scores, isBest, seconds }: ValidationRecord): string {
  const numbers = Object.entries(scores)
    .slice(0, 3)
    .map(([name, value]) => `${name} ${value.toFixed(3)}`);
  return `epoch ${epoch}: ${numbers.join(", ")}${isBest ? " (best)" : ""}, measured in ${seconds.toFixed(1)} s`;
}

/** `1h 02m`, `3m 20s`, `45s`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  const whole = Math.round(seconds);
  const pad = (value: number) => String(value).padStart(2, "0");
  if (whole >= 3600) return `${Math.floor(whole / 3600)}h ${pad(Math.floor((whole % 3600) / 60))}m`;
  if (whole >= 60) return `${Math.floor(whole / 60)}m ${pad(whole % 60)}s`;
  return `${whole}s`;
}
