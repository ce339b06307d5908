import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  constant,
  cosine,
  learningRateSchedule,
  linear,
  multiStep,
  temperatureSchedule,
  warmup,
} from "../../src/train/schedule.ts";
import { tinyConfig } from "./tiny-run.ts";

test("linear goes from start to end and stays there", () => {
  const schedule = linear(30, 1, 10);
  // 30 - 29 * 5/10 = 15.5
  expect([0, 5, 10, 11].map(schedule)).toEqual([30, 15.5, 1, 1]);
  expect(linear(30, 1, 0)(0)).toBe(1);
});

test("multi-step multiplies at each milestone", () => {
  const schedule = multiStep(1, [170, 200], 0.5);
  expect([0, 169, 170, 199, 200, 500].map(schedule)).toEqual([1, 1, 0.5, 0.5, 0.25, 0.25]);
});

test("cosine passes the middle half way", () => {
  const schedule = cosine(1, 0, 8);
  expect(schedule(0)).toBe(1);
  expect(schedule(4)).toBeCloseTo(0.5, 15);
  expect(schedule(8)).toBeCloseTo(0, 15);
  expect(schedule(9)).toBe(schedule(8));
});

test("warm-up rises in equal steps to the whole, from the first step on", () => {
  // 1/4, 2/4, 3/4, then 1
  expect([0, 1, 2, 3, 4].map(warmup(constant(8), 3))).toEqual([2, 4, 6, 8, 8]);
  expect(warmup(constant(8), 0)(0)).toBe(8);
});

test("the paper's recipe: 1e-3, a tenth of it from epoch 170 and a hundredth from 200; 30 to 1 over ten epochs", () => {
  const { train } = tinyConfig(
    "train.epochs=210",
    "train.learningRate=0.001",
    "train.schedule={kind: multi-step, milestones: [170, 200]}",
  );
  const rate = learningRateSchedule(train, 100);
  expect(rate(16_999)).toBeCloseTo(1e-3, 12);
  expect(rate(17_000)).toBeCloseTo(1e-4, 12);
  expect(rate(20_999)).toBeCloseTo(1e-5, 12);
  const temperature = temperatureSchedule(train.temperature, 100);
  expect([0, 500, 1000, 20_000].map(temperature)).toEqual([30, 15.5, 1, 1]);
});

test("no schedule rises after its warm-up, nor leaves its bounds", () => {
  const kinds = fc.constantFrom(
    "{kind: constant}",
    "{kind: cosine, end: 0.1}",
    "{kind: multi-step, milestones: [1, 2], factor: 0.3}",
  );
  fc.assert(
    fc.property(kinds, fc.integer({ min: 1, max: 50 }), fc.nat(40), (kind, stepsPerEpoch, warmupSteps) => {
      const { train } = tinyConfig(`train.schedule=${kind}`, `train.warmupSteps=${warmupSteps}`);
      const rate = learningRateSchedule(train, stepsPerEpoch);
      for (let step = 0; step < 3 * stepsPerEpoch + warmupSteps; step++) {
        expect(rate(step)).toBeGreaterThan(0);
        expect(rate(step)).toBeLessThanOrEqual(train.learningRate);
        if (step >= warmupSteps) expect(rate(step + 1)).toBeLessThanOrEqual(rate(step));
      }
    }),
  );
});
