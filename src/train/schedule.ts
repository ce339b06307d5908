import type { Config } from "../config/schema.ts";

/** A quantity as a function of the step: 0 is the first. No state, so that a resumed run is where it was. */
export type Schedule = (step: number) => number;

export function constant(value: number): Schedule {
  return () => value;
}

/** Linear from `start` at step 0 to `end` at `steps`, `end` from there on. */
export function linear(start: number, end: number, steps: number): Schedule {
  return (step) => (step >= steps ? end : start + ((end - start) * step) / steps);
}

/** Multiplied by `factor` at each milestone (steps) reached. */
export function multiStep(value: number, milestones: readonly number[], factor: number): Schedule {
  return (step) => value * factor ** milestones.filter((milestone) => step >= milestone).length;
}

/** Half a cosine from `start` at step 0 to `end` at `steps`, `end` from there on (arXiv 1608.03983, one period). */
export function cosine(start: number, end: number, steps: number): Schedule {
  return (step) => start - ((start - end) * (1 - Math.cos((Math.PI * Math.min(step, steps)) / steps))) / 2;
}

/** Scales a schedule's first `steps` steps up from nearly nothing: step 0 has 1/steps of it, step `steps` all of it. */
export function warmup(schedule: Schedule, steps: number): Schedule {
  return (step) => schedule(step) * Math.min(1, (step + 1) / (steps + 1));
}

/** The learning rate of a run; the config counts milestones in epochs. */
export function learningRateSchedule(train: Config["train"], stepsPerEpoch: number): Schedule {
  return warmup(withoutWarmup(train, stepsPerEpoch), train.warmupSteps);
}

function withoutWarmup({ schedule, learningRate, epochs }: Config["train"], stepsPerEpoch: number): Schedule {
  switch (schedule.kind) {
    case "constant":
      return constant(learningRate);
    case "multi-step":
      return multiStep(
        learningRate,
        schedule.milestones.map((epoch) => epoch * stepsPerEpoch),
        schedule.factor,
      );
    case "cosine":
      return cosine(learningRate, learningRate * schedule.end, epochs * stepsPerEpoch);
  }
}

/**
 * The attention's softmax temperature: high first, so that all kernels learn, then linearly down.
 *
 * Source: Chen et al., CVPR 2020 (arXiv 1912.03458), section 3.3.
 */
export function temperatureSchedule(
  { start, end, epochs }: Config["train"]["temperature"],
  stepsPerEpoch: number,
): Schedule {
  return linear(start, end, epochs * stepsPerEpoch);
}
