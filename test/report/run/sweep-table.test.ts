import { expect, test } from "vitest";
import { sweepMarkdown, sweepTable } from "../../../src/report/run/sweep-table.ts";
import type { ValidationRecord } from "../../../src/run/run-records.ts";
import type { PlannedRun, SweepPlan } from "../../../src/train/sweep/plan-sweep.ts";
import { type RunOutcome, spreadOf, sweepResults } from "../../../src/train/sweep/sweep-results.ts";
import { tinyConfig } from "../../train/tiny-run.ts";

/** Two kernels, three seeds. */
const PLAN: SweepPlan = {
  config: "tiny.yaml",
  fixed: ["train.epochs=2"],
  keys: ["model.kernels"],
  titles: ["kernels"],
  combinations: ["1", "4"].map((kernels) => ({
    values: [kernels],
    runs: [0, 1, 2].map(
      (seed): PlannedRun => ({ name: `kernels-${kernels}_seed-${seed}`, seed, config: tinyConfig() }),
    ),
  })),
};

function validation(step: number, AP: number): ValidationRecord {
  return { kind: "validation", step, epoch: step, scores: { AP }, isBest: true, seconds: 1 };
}

function outcome(best: number, last: number, secondsPerStep: number): RunOutcome {
  return {
    step: 2,
    epoch: 2,
    loss: 0.002,
    best: validation(1, best),
    last: validation(2, last),
    skipped: 0,
    imagesPerSecond: 1,
    secondsPerStep,
    trainingSeconds: 1,
    validationSeconds: 1,
    waitShare: 0,
  };
}

test("mean, sample deviation and extremes are the textbook's", () => {
  // Mean (2 + 4 + 9) / 3 = 5; squares 9 + 1 + 16 = 26, over 2: 13.
  expect(spreadOf([2, 4, 9])).toEqual({ mean: 5, deviation: Math.sqrt(13), low: 2, high: 9 });
  expect(spreadOf([3])).toEqual({ mean: 3, deviation: null, low: 3, high: 3 });
  expect(spreadOf([])).toBeNull();
});

test("a row has mean and spread over its finished runs", () => {
  const outcomes = new Map<string, RunOutcome>([
    ["kernels-1_seed-0", outcome(0.5, 0.5, 1)],
    ["kernels-1_seed-1", outcome(0.6, 0.4, 2)],
    ["kernels-1_seed-2", outcome(0.7, 0.6, 3)],
    ["kernels-4_seed-0", outcome(0.75, 0.7, 4)],
    ["kernels-4_seed-1", "diverged"],
  ]);
  const results = sweepResults(PLAN, outcomes);
  const { titles, rows } = sweepTable(results);
  expect(titles).toEqual(["kernels", "runs", "best AP", "min–max", "last AP", "min–max", "loss", "s/step"]);
  // Best 0.5, 0.6, 0.7: mean 0.6, deviation sqrt((0.01 + 0 + 0.01) / 2) = 0.1; last 0.5, 0.4, 0.6: the same spread.
  expect(rows).toEqual([
    ["1", "3", "0.600 ± 0.100", "0.500–0.700", "0.500 ± 0.100", "0.400–0.600", "2.00e-3 ± 0.00e+0", "2.00"],
    ["4", "1 of 3", "0.750", "0.750–0.750", "0.700", "0.700–0.700", "2.00e-3", "4.00"],
  ]);
  expect(results.runs.map(({ state }) => state)).toEqual([
    "done",
    "done",
    "done",
    "done",
    "diverged",
    "not done",
  ]);
  expect(results.rows[0]).toMatchObject({ settings: { "model.kernels": "1" }, finished: 3 });
  const markdown = sweepMarkdown(results);
  expect(markdown).toContain("# Sweep of tiny.yaml\n\nIn every run: train.epochs=2.\n");
  expect(markdown).toContain("| 1 | 3 | 0.600 ± 0.100 | 0.500–0.700 |");
  expect(markdown).toContain("| kernels-4\\_seed-1 | diverged | – |");
});

test("without validation there is the loss alone", () => {
  const done = { ...(outcome(0, 0, 1) as object), best: null, last: null } as RunOutcome;
  const { titles, rows } = sweepTable(sweepResults(PLAN, new Map([["kernels-1_seed-0", done]])));
  expect(titles).toEqual(["kernels", "runs", "loss", "s/step"]);
  expect(rows).toEqual([
    ["1", "1 of 3", "2.00e-3", "1.00"],
    ["4", "0 of 3", "–", "–"],
  ]);
});
