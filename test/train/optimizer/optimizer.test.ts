import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { trainableWeights } from "../../../src/train/optimizer/flat-weights.ts";
import { createOptimizer, hostOptimizer } from "../../../src/train/optimizer/optimizer.ts";
import { decays, type UpdateRule } from "../../../src/train/optimizer/update-rule.ts";
import { testEngine } from "../../engine.ts";
import { randomOf, tinyModel } from "../tiny-run.ts";

beforeAll(testEngine);

const ADAM = { kind: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;
const RULES: [string, UpdateRule][] = [
  ["adam", { optimizer: ADAM, weightDecay: 0 }],
  ["adam with decay in the gradient", { optimizer: ADAM, weightDecay: 0.1 }],
  ["adamw", { optimizer: { ...ADAM, kind: "adamw" }, weightDecay: 0.1 }],
  ["adam with a large epsilon", { optimizer: { ...ADAM, epsilon: 0.1 }, weightDecay: 0 }],
  ["sgd", { optimizer: { kind: "sgd", momentum: 0, nesterov: false }, weightDecay: 0 }],
  ["sgd with momentum", { optimizer: { kind: "sgd", momentum: 0.9, nesterov: false }, weightDecay: 0.01 }],
  ["sgd, Nesterov", { optimizer: { kind: "sgd", momentum: 0.9, nesterov: true }, weightDecay: 0 }],
];
const FORMS = [
  ["the engine's form", createOptimizer],
  ["the loop in memory", hostOptimizer],
] as const;
const STEPS = 5;
const rateOf = (step: number) => 0.01 / (1 + step);

function gradientOf(step: number, length: number): number[] {
  const random = randomOf(100 + step);
  return Array.from({ length }, () => Math.fround(random() - 0.5));
}

/** The papers' formulas, one weight at a time, in float64. */
function reference(
  { optimizer, weightDecay }: UpdateRule,
  start: readonly number[],
  decayed: readonly boolean[],
) {
  return start.map((value, i) => {
    let [w, first, second] = [value, 0, 0];
    for (let step = 0; step < STEPS; step++) {
      const rate = rateOf(step);
      const decay = decayed[i] ? weightDecay : 0;
      let g = gradientOf(step, start.length)[i] as number;
      if (optimizer.kind === "adamw") w -= rate * decay * w;
      else g += decay * w;
      if (optimizer.kind === "sgd") {
        first = optimizer.momentum * first + g;
        w -= rate * (optimizer.nesterov ? g + optimizer.momentum * first : first);
      } else {
        first = optimizer.beta1 * first + (1 - optimizer.beta1) * g;
        second = optimizer.beta2 * second + (1 - optimizer.beta2) * g * g;
        const mean = first / (1 - optimizer.beta1 ** (step + 1));
        const square = second / (1 - optimizer.beta2 ** (step + 1));
        w -= (rate * mean) / (Math.sqrt(square) + optimizer.epsilon);
      }
    }
    return w;
  });
}

/** The weights after some updates, their number and, on the way, the optimiser saved to another and back. */
async function updated(
  create: typeof createOptimizer,
  rule: UpdateRule,
  handOver: boolean,
): Promise<Float32Array> {
  const model = tinyModel(3, 4);
  const weights = trainableWeights(model);
  let optimizer = create(weights, rule);
  for (let step = 0; step < STEPS; step++) {
    if (handOver && step === 2) {
      const saved = await optimizer.save();
      optimizer.dispose();
      optimizer = create(weights, rule);
      optimizer.restore(saved);
    }
    const gradient = tf.tensor1d(gradientOf(step, weights.length));
    optimizer.update(gradient, rateOf(step), step);
    gradient.dispose();
  }
  const result = tf.tidy(() => weights.gather().dataSync() as Float32Array);
  optimizer.dispose();
  model.dispose();
  return Float32Array.from(result);
}

for (const [form, create] of FORMS) {
  test.for(RULES)(`${form}: %s follows its paper's formula`, async ([, rule]) => {
    const model = tinyModel(3, 4);
    const weights = trainableWeights(model);
    const start = tf.tidy(() => [...weights.gather().dataSync()]);
    const decayed = weights.slices.flatMap((slice) =>
      Array.from({ length: slice.length }, () => decays(slice)),
    );
    const expected = reference(rule, start, decayed);
    const before = tf.memory().numTensors;
    const got = await updated(create, rule, false);
    expect(tf.memory().numTensors).toBe(before);
    // Adam's steps are 0.01 long whatever the gradient: 1e-6 is a ten-thousandth of one.
    const errors = expected.map((w, i) => Math.abs((got[i] as number) - w));
    expect(Math.max(...errors)).toBeLessThan(1e-6);
    model.dispose();
  });

  test.for(RULES)(`${form}: %s saved, restored and continued gives the same bits`, async ([, rule]) => {
    expect(await updated(create, rule, true)).toEqual(await updated(create, rule, false));
  });
}

test("kernels decay; biases, scales and shifts do not", () => {
  const { slices } = trainableWeights(tinyModel());
  expect(slices.filter(decays).map(({ name }) => name)).toEqual([
    "stem/kernel",
    "body/kernel",
    "heatmaps/kernel",
  ]);
});

test("a saved optimiser that lacks a weight is refused", async () => {
  const optimizer = createOptimizer(trainableWeights(tinyModel()), { optimizer: ADAM, weightDecay: 0 });
  const saved = await optimizer.save();
  saved.delete("v/stem/kernel");
  expect(() => optimizer.restore(saved)).toThrow("expected 216 numbers in v/stem/kernel, got none");
  optimizer.dispose();
});
