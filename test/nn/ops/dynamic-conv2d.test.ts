import * as tf from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { createRandom } from "../../../datasets/random.ts";
import type { ConvKind } from "../../../src/nn/ops/convolution.ts";
import { dynamicConv2d } from "../../../src/nn/ops/dynamic-conv2d.ts";
import type { Padding, Size } from "../../../src/nn/ops/geometry.ts";
import { testEngine } from "../../engine.ts";
import { type Array64, array64, dot, numericalGradient, relativeError } from "../float64.ts";
import { referenceDynamicConv } from "../reference-conv.ts";

beforeAll(testEngine);

interface Case {
  readonly kind: ConvKind;
  readonly batch: number;
  readonly imageSize: Size;
  readonly kernelSize: Size;
  readonly channels: Size;
  readonly kernels: number;
  readonly strides: Size;
  readonly padding: Padding;
  readonly seed: number;
}

const small = fc.integer({ min: 1, max: 3 });
const size = fc.tuple(fc.integer({ min: 4, max: 7 }), fc.integer({ min: 4, max: 7 }));
const cells = fc.integer({ min: 0, max: 2 });

const cases: fc.Arbitrary<Case> = fc.record({
  kind: fc.constantFrom<ConvKind>("conv", "depthwise", "transpose"),
  batch: small,
  imageSize: size,
  kernelSize: fc.tuple(small, small),
  channels: fc.tuple(small, small),
  kernels: fc.integer({ min: 1, max: 4 }),
  strides: fc.constantFrom<Size>([1, 1], [2, 2]),
  padding: fc.tuple(cells, cells, cells, cells),
  seed: fc.nat(),
});

function arrays(c: Case): { x: Array64; kernels: Array64; attention: Array64 } {
  const random = createRandom(c.seed);
  // Float32 values, so that engine and reference start from the same numbers.
  const normal = () => Math.fround(random.normal());
  const [input, output] = c.channels;
  const channels = { conv: [input, output], depthwise: [input, 1], transpose: [output, input] }[c.kind];
  return {
    x: array64([c.batch, ...c.imageSize, input], normal),
    kernels: array64([...c.kernelSize, c.kernels, ...channels], normal),
    attention: array64([c.batch, c.kernels], () => Math.fround(random.uniform())),
  };
}

/** A transposed convolution cannot take off more padding than its kernel has cells. */
const fits = (c: Case) =>
  c.kind !== "transpose" || c.padding.every((pad, side) => pad < (c.kernelSize[side >> 1] as number));

const tensor = ({ shape, values }: Array64) => tf.tensor(Float32Array.from(values), [...shape]);

const absolute = ({ shape, values }: Array64): Array64 => ({ shape, values: values.map(Math.abs) });

const total = ({ values }: Array64): number => values.reduce((sum, value) => sum + value, 0);

test("every kind of dynamic convolution computes what the float64 reference computes", () => {
  fc.assert(
    fc.property(cases.filter(fits), (c) => {
      const { x, kernels, attention } = arrays(c);
      const expected = referenceDynamicConv(x, kernels, attention, c.kind, c);
      const got = dynamicConv2d(tensor(x), tensor(kernels), tensor(attention), c.kind, c);
      expect(got.shape).toEqual(expected.shape);
      expect(relativeError(got.dataSync(), expected)).toBeLessThan(1e-5);
    }),
    { numRuns: 150 },
  );
});

test("gradients of image, kernels and attention agree with central differences of the reference", () => {
  fc.assert(
    fc.property(cases.filter(fits), (c) => {
      const { x, kernels, attention } = arrays(c);
      const random = createRandom(c.seed, 1);
      const shape = referenceDynamicConv(x, kernels, attention, c.kind, c).shape;
      const weight = array64(shape, () => Math.fround(random.normal()));
      // The loss Σ weight · y has the gradient `weight` at y.
      const gradients = tf.grads((...[a, b, d]) => {
        const y = dynamicConv2d(a as tf.Tensor, b as tf.Tensor, d as tf.Tensor, c.kind, c);
        return tf.sum(tf.mul(y, tensor(weight)));
      })([tensor(x), tensor(kernels), tensor(attention)]);
      const loss = (a: Array64, b: Array64, d: Array64) =>
        dot(weight, referenceDynamicConv(a, b, d, c.kind, c));
      const expected = [
        numericalGradient((value) => loss(value, kernels, attention), x),
        numericalGradient((value) => loss(x, value, attention), kernels),
        numericalGradient((value) => loss(x, kernels, value), attention),
      ];
      // Float32 rounds in proportion to the terms that are summed, which may cancel. The loss is linear in each input, so
      // with all numbers made positive it is Σ input · terms: over Σ input, the terms of a gradient's number on average.
      const positive = [x, kernels, attention].map(absolute) as [Array64, Array64, Array64];
      const terms = dot(absolute(weight), referenceDynamicConv(...positive, c.kind, c));
      expected.forEach((gradient, i) => {
        const average = terms / total(positive[i] as Array64);
        expect(relativeError((gradients[i] as tf.Tensor).dataSync(), gradient, average)).toBeLessThan(1e-5);
      });
    }),
    { numRuns: 40 },
  );
});

test("no tensor is left behind by forward and gradient", () => {
  const c: Case = {
    kind: "conv",
    batch: 3,
    imageSize: [6, 5],
    kernelSize: [3, 3],
    channels: [2, 3],
    kernels: 4,
    strides: [2, 2],
    padding: [1, 1, 1, 1],
    seed: 1,
  };
  const { x, kernels, attention } = arrays(c);
  const inputs = [tensor(x), tensor(kernels), tensor(attention)] as const;
  const step = () =>
    tf.dispose(
      tf.grads((...[a, b, d]) =>
        tf.sum(dynamicConv2d(a as tf.Tensor, b as tf.Tensor, d as tf.Tensor, c.kind, c)),
      )([...inputs]),
    );
  step();
  const before = tf.memory().numTensors;
  step();
  dynamicConv2d(...inputs, c.kind, c).dispose();
  expect(tf.memory().numTensors).toBe(before);
});
