import { expect, test } from "vitest";
import type { RunRecord, StepRecord } from "../../src/run/run-records.ts";
import { summarizeRecords } from "../../src/run/summarize-run.ts";
import { tinyConfig } from "../train/tiny-run.ts";

function step(number: number, values: Partial<StepRecord> = {}): StepRecord {
  return {
    kind: "step",
    step: number,
    epoch: number / 5,
    loss: 1,
    learningRate: 0.01,
    temperature: 1,
    gradientNorm: 1,
    skipped: false,
    imagesPerSecond: 8,
    waitShare: 0,
    ...values,
  };
}

const validation = (number: number, AP: number, isBest: boolean): RunRecord => ({
  kind: "validation",
  step: number,
  epoch: number / 5,
  scores: { AP },
  isBest,
  seconds: 3,
});

test("a run's numbers: its last losses without the skipped steps, its best and last score, its speed", () => {
  const records = [
    step(1, { loss: 4, imagesPerSecond: 2 }),
    step(2, { loss: 2 }),
    validation(2, 0.5, true),
    step(3, { loss: Number.NaN, skipped: true, waitShare: 0.5 }),
    validation(3, 0.4, false),
  ];
  expect(summarizeRecords(records, tinyConfig())).toMatchObject({
    step: 3,
    epoch: 0.6,
    // (4 + 2) / 2
    loss: 3,
    skipped: 1,
    best: { scores: { AP: 0.5 } },
    last: { scores: { AP: 0.4 } },
    // 4 persons a step: 2 s, 0.5 s, 0.5 s
    imagesPerSecond: 8,
    secondsPerStep: 0.5,
    trainingSeconds: 3,
    validationSeconds: 6,
    // 0.5 · 0.5 s of 3 s
    waitShare: 0.25 / 3,
  });
});

test("the loss is the mean of the last fifty steps", () => {
  const records = Array.from({ length: 60 }, (_, i) => step(i + 1, { loss: i < 10 ? 100 : 2 }));
  expect(summarizeRecords(records, tinyConfig()).loss).toBe(2);
});

test("a run without a record has no numbers", () => {
  const numbers = summarizeRecords([], tinyConfig());
  expect(numbers).toMatchObject({
    step: 0,
    epoch: 0,
    loss: null,
    best: null,
    last: null,
    secondsPerStep: null,
  });
});
