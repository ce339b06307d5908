import { beforeAll, expect, test } from "vitest";
import { hardSigmoid, hardSwish } from "../../../src/nn/ops/hard-swish.ts";
import { testEngine } from "../../engine.ts";
import { operationErrors } from "../check-gradients.ts";
import { type Array64, array64 } from "../float64.ts";

beforeAll(testEngine);

test("hard swish and hard sigmoid are straight lines between -3 and 3, and so are their gradients", () => {
  const gate = (x: number) => Math.min(Math.max(x + 3, 0), 6) / 6;
  const each =
    (f: (x: number) => number) =>
    ({ shape, values }: Array64) =>
      array64(shape, (i) => f(values[i] as number));
  const x = array64([2, 3, 2, 2], (i) => i * 0.5 - 5.6); // -5.6 to 5.9, no kink hit
  for (const [compute, reference] of [
    [hardSigmoid, gate],
    [hardSwish, (value: number) => value * gate(value)],
  ] as const) {
    const { output, gradients } = operationErrors(compute, each(reference), [x]);
    expect(output).toBeLessThan(1e-6);
    expect(gradients[0]).toBeLessThan(1e-5);
  }
});
