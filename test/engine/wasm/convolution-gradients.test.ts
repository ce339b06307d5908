import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { loadEngine } from "../../../src/engine/load-engine.ts";

type Pad = "same" | "valid" | number | [[0, 0], [number, number], [number, number], [0, 0]];

interface Case {
  batch: number;
  height: number;
  width: number;
  channels: number;
  /** Output channels, or outputs for each input channel when depthwise. */
  depth: number;
  filter: [number, number];
  strides: [number, number];
  pad: Pad;
  seed: number;
}

beforeAll(async () => {
  await loadEngine("cpu");
  await loadEngine("wasm");
});

const size = fc.integer({ min: 1, max: 9 });
const taps = fc.integer({ min: 1, max: 5 });
const zeros = fc.integer({ min: 0, max: 3 });
const explicit = fc.tuple(zeros, zeros, zeros, zeros).map(
  ([top, bottom, left, right]): Pad => [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ],
);

const cases: fc.Arbitrary<Case> = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    height: size,
    width: size,
    channels: fc.integer({ min: 1, max: 4 }),
    depth: fc.integer({ min: 1, max: 3 }),
    filter: fc.tuple(taps, taps),
    strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    pad: fc.oneof(fc.constantFrom<Pad>("same", "valid"), explicit),
    seed: fc.integer({ min: 1, max: 1e6 }),
  })
  .filter(hasOutput);

function hasOutput({ height, width, filter: [kh, kw], pad }: Case): boolean {
  if (pad === "same") return true;
  const [rows, columns] = Array.isArray(pad)
    ? [pad[1], pad[2]]
    : [
        [0, 0],
        [0, 0],
      ];
  const [top = 0, bottom = 0] = rows;
  const [left = 0, right = 0] = columns;
  return height + top + bottom >= kh && width + left + right >= kw;
}

/** Computes the same on tfjs-cpu, whose loops are the reference, and on wasm; both as plain numbers. */
async function onBoth(compute: () => tf.Tensor): Promise<{ cpu: Float32Array; wasm: Float32Array }> {
  const on = async (backend: string) => {
    await tf.setBackend(backend);
    const result = tf.tidy(compute);
    const numbers = (await result.data()) as Float32Array;
    result.dispose();
    return numbers;
  };
  return { cpu: await on("cpu"), wasm: await on("wasm") };
}

/** Numbers in [-1, 1) that depend on seed and place alone, the same on every backend. */
function noise(shape: number[], seed: number): tf.Tensor {
  const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, index) => {
    const x = Math.sin(12.9898 * (index + 1) + 78.233 * seed) * 43758.5453;
    return 2 * (x - Math.floor(x)) - 1;
  });
  return tf.tensor(values, shape);
}

async function expectAgreement(compute: () => tf.Tensor): Promise<void> {
  const before = tf.memory().numTensors;
  const { cpu, wasm } = await onBoth(compute);
  expect(tf.memory().numTensors).toBe(before);
  expect(wasm.length).toBe(cpu.length);
  let worst = 0;
  for (let i = 0; i < cpu.length; i++)
    worst = Math.max(worst, Math.abs((cpu[i] ?? 0) - (wasm[i] ?? Number.NaN)));
  expect(worst).toBeLessThan(1e-4);
}

function gradient(kernel: string, inputs: tf.NamedTensorMap, attributes: tf.NamedAttrMap): tf.Tensor {
  return tf.engine().runKernel(kernel, inputs, attributes) as tf.Tensor;
}

for (const part of ["input", "filter"] as const) {
  test(`the gradient of a convolution with respect to its ${part} is tfjs-cpu's for any size, stride and padding`, () =>
    fc.assert(
      fc.asyncProperty(
        cases,
        async ({ batch, height, width, channels, depth, filter, strides, pad, seed }) => {
          const inputShape = [batch, height, width, channels];
          const filterShape = [...filter, channels, depth];
          const attributes = {
            strides,
            pad,
            dataFormat: "NHWC",
            dimRoundingMode: "floor",
          } as tf.NamedAttrMap;
          await expectAgreement(() => {
            const x = noise(inputShape, seed) as tf.Tensor4D;
            const w = noise(filterShape, seed + 1) as tf.Tensor4D;
            const shape = tf.backend_util.computeConv2DInfo(
              x.shape,
              w.shape,
              strides,
              1,
              pad,
              "floor",
            ).outShape;
            const dy = noise(shape, seed + 2);
            return part === "input"
              ? gradient(tf.Conv2DBackpropInput, { dy, filter: w }, { ...attributes, inputShape })
              : gradient(tf.Conv2DBackpropFilter, { x, dy }, { ...attributes, filterShape });
          });
        },
      ),
      { numRuns: 60 },
    ));

  test(`the gradient of a depthwise convolution with respect to its ${part} is tfjs-cpu's for any size, stride and padding`, () =>
    fc.assert(
      fc.asyncProperty(
        cases,
        async ({ batch, height, width, channels, depth, filter, strides, pad, seed }) => {
          const inputShape = [batch, height, width, channels];
          const filterShape = [...filter, channels, depth];
          const attributes = { strides, pad, dilations: [1, 1], dimRoundingMode: "floor" } as tf.NamedAttrMap;
          await expectAgreement(() => {
            const x = noise(inputShape, seed) as tf.Tensor4D;
            const w = noise(filterShape, seed + 1) as tf.Tensor4D;
            const shape = tf.backend_util.computeConv2DInfo(
              x.shape,
              w.shape,
              strides,
              1,
              pad,
              "floor",
              true,
            ).outShape;
            const dy = noise(shape, seed + 2);
            return part === "input"
              ? gradient(
                  tf.DepthwiseConv2dNativeBackpropInput,
                  { dy, filter: w },
                  { ...attributes, inputShape },
                )
              : gradient(tf.DepthwiseConv2dNativeBackpropFilter, { x, dy }, { ...attributes, filterShape });
          });
        },
      ),
      { numRuns: 60 },
    ));
}

test("both gradients of a dilated depthwise convolution are its adjoints: ⟨x∗w, dy⟩ = ⟨x, dx⟩ = ⟨w, dw⟩", async () => {
  await tf.setBackend("wasm");
  for (const [dilation, multiplier] of [
    [2, 1],
    [3, 2],
  ] as const) {
    const inputShape = [2, 9, 8, 3];
    const filterShape = [3, 2, 3, multiplier];
    const dilations: [number, number] = [dilation, dilation];
    const attributes = { strides: [1, 1], pad: "same", dilations, dimRoundingMode: "floor" };
    const [forward = 0, input, filter] = tf.tidy(() => {
      const x = noise(inputShape, 1) as tf.Tensor4D;
      const w = noise(filterShape, 2) as tf.Tensor4D;
      const y = tf.depthwiseConv2d(x, w, 1, "same", "NHWC", dilations);
      const dy = noise(y.shape, 3);
      const dx = gradient(
        tf.DepthwiseConv2dNativeBackpropInput,
        { dy, filter: w },
        { ...attributes, inputShape },
      );
      const dw = gradient(tf.DepthwiseConv2dNativeBackpropFilter, { x, dy }, { ...attributes, filterShape });
      const products = [tf.mul(y, dy), tf.mul(x, dx), tf.mul(w, dw)].map((product) => tf.sum(product));
      return Array.from(tf.stack(products).dataSync());
    });
    expect(Math.abs(forward)).toBeGreaterThan(0.1);
    expect(input).toBeCloseTo(forward, 4);
    expect(filter).toBeCloseTo(forward, 4);
  }
});
