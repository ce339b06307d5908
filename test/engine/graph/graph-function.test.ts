import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { graphFunction } from "../../../src/engine/graph/graph-function.ts";
import { recordGraph } from "../../../src/engine/graph/record-graph.ts";
import { CONVOLUTIONS } from "../../../src/nn/ops/convolution.ts";
import { addBias, relu6 } from "../../../src/nn/ops/elementwise.ts";
import { testEngine } from "../../engine.ts";

const engine = await testEngine();
const hasGraphs = engine.name.startsWith("tensorflow");
const skipped = hasGraphs ? "" : ` (skipped: ${engine.name} has no graphs)`;

beforeAll(testEngine);

test("a graph function computes what the function computes, for every shape it meets", () => {
  const affine = graphFunction(
    ([x]) => [tf.add(tf.mul(x as tf.Tensor, 3), 1), tf.sum(x as tf.Tensor)],
    () => [],
  );
  for (const values of [
    [1, 2],
    [5, 7],
    [1, 2, 3],
  ]) {
    const [y, total] = affine.run([tf.tensor1d(values)]) as [tf.Tensor, tf.Tensor];
    expect(Array.from(y.dataSync())).toEqual(values.map((value) => 3 * value + 1));
    expect(total.dataSync()[0]).toBe(values.reduce((a, b) => a + b));
  }
  affine.dispose();
});

test("variables are read anew in every run, and assigned once a run, the first included", () => {
  const count = tf.variable(tf.scalar(10), false);
  const add = graphFunction(
    ([x]) => {
      count.assign(tf.add(count, x as tf.Tensor));
      return [tf.mul(count, 2)];
    },
    () => [count],
  );
  const run = (x: number) => (add.run([tf.scalar(x)])[0] as tf.Tensor).dataSync()[0];
  expect(run(1)).toBe(22); // 10 + 1, twice
  expect(run(5)).toBe(32); // 11 + 5, twice
  count.assign(tf.scalar(100));
  expect(run(1)).toBe(202);
  expect(count.dataSync()[0]).toBe(101);
});

test("gradients run in the graph too, and no tensor is left behind", () => {
  const kernel = tf.variable(tf.ones<tf.Rank.R4>([3, 3, 2, 2]));
  const gradient = graphFunction(
    ([x]) => {
      const geometry = { strides: [1, 1], padding: [1, 1, 1, 1] } as const;
      const { value, grads } = tf.variableGrads(
        () => tf.sum(tf.square(CONVOLUTIONS.conv.forward(x as tf.Tensor, kernel, geometry))) as tf.Scalar,
        [kernel],
      );
      return [value, grads[kernel.name] as tf.Tensor];
    },
    () => [kernel],
  );
  const x = tf.ones([1, 3, 3, 2]);
  tf.dispose(gradient.run([x]));
  const before = tf.memory().numTensors;
  const [loss, dKernel] = gradient.run([x]) as [tf.Tensor, tf.Tensor];
  // Cells see 4 (corner), 6 (edge) or 9 (centre) taps of 2 channels: 2 · (4·8² + 4·12² + 18²) = 2312.
  expect(loss.dataSync()[0]).toBe(2312);
  // d/d centre tap = Σ 2·y over all cells = 2 · (4·8 + 4·12 + 18) = 196.
  expect((dKernel.arraySync() as number[][][][])[1]?.[1]?.[0]?.[0]).toBe(196);
  tf.dispose([loss, dKernel]);
  expect(tf.memory().numTensors).toBe(before);
  gradient.dispose();
});

test("frozen variables give the same numbers for every input", () => {
  const weight = tf.variable(tf.tensor2d([[1, 2, 3]]), false);
  const double = graphFunction(
    ([x]) => [tf.mul(tf.mul(weight, 2), x as tf.Tensor)],
    () => [weight],
    { frozen: true },
  );
  const run = (x: number) => Array.from((double.run([tf.scalar(x)])[0] as tf.Tensor).dataSync());
  expect(run(1)).toEqual([2, 4, 6]);
  expect(run(3)).toEqual([6, 12, 18]);
  double.dispose();
});

test.skipIf(!hasGraphs)(`a frozen variable that is assigned is refused${skipped}`, () => {
  const count = tf.variable(tf.scalar(1), false);
  const add = graphFunction(
    ([x]) => {
      count.assign(tf.add(count, x as tf.Tensor));
      return [tf.clone(count)];
    },
    () => [count],
    { frozen: true },
  );
  expect(() => add.run([tf.scalar(1)])).toThrow(/expected frozen variables to stay, got .* assigned/);
  expect(count.dataSync()[0]).toBe(1);
});

test.skipIf(!hasGraphs)(`a tensor from outside that is no input is refused${skipped}`, () => {
  const hidden = tf.tensor1d([1, 2]);
  const visible = tf.tensor1d([3, 4]);
  expect(() => recordGraph(() => [tf.add(visible, hidden)], [visible])).toThrow(
    "recordGraph: expected every tensor from outside to be an input, got another one [2] (float32)",
  );
  // The backend is as it was.
  expect(Array.from(tf.add(visible, hidden).dataSync())).toEqual([4, 6]);
});

test("padded, strided convolutions with a bias keep their padding, fused with it or not", () => {
  const geometry = { strides: [2, 2], padding: [1, 1, 1, 1] } as const;
  const convolve = ([x, depthwise, bias, kernel]: readonly tf.Tensor[]) => {
    const y = relu6(
      addBias(
        CONVOLUTIONS.depthwise.forward(x as tf.Tensor, depthwise as tf.Tensor, geometry),
        bias as tf.Tensor,
      ),
    );
    return [relu6(addBias(CONVOLUTIONS.conv.forward(y, kernel as tf.Tensor, geometry), bias as tf.Tensor))];
  };
  const random = (...shape: [number, number, number, number]) =>
    tf.randomUniform<tf.Rank.R4>(shape, -1, 1, "float32", 1);
  const [x, depthwise, kernel] = [random(1, 12, 8, 4), random(3, 3, 4, 1), random(3, 3, 4, 4)];
  const bias = tf.randomUniform([4], -1, 1, "float32", 1);
  // The same with a frame of zeros of its own and no padding in the convolution.
  const framed = (image: tf.Tensor4D): tf.Tensor4D => {
    const frame = [0, 1, 1, 0].map((zeros): [number, number] => [zeros, zeros]);
    return tf.pad(image, frame);
  };
  const biased = (image: tf.Tensor4D): tf.Tensor4D => tf.clipByValue(tf.add(image, bias), 0, 6);
  const hidden = biased(tf.depthwiseConv2d(framed(x), depthwise, 2, "valid"));
  const expected = biased(tf.conv2d(framed(hidden), kernel, 2, "valid"));

  const graph = graphFunction(convolve, () => []);
  const [y] = graph.run([x, depthwise, bias, kernel]) as [tf.Tensor];
  expect(y.shape).toEqual([1, 3, 2, 4]);
  expect(tf.max(expected).dataSync()[0]).toBeGreaterThan(0.5);
  expect(tf.max(tf.abs(tf.sub(y, expected))).dataSync()[0]).toBeLessThan(1e-5);
  graph.dispose();
});

test.skipIf(!hasGraphs)(
  `a convolution is kept apart from its bias where its kernel is computed${skipped}`,
  () => {
    const geometry = { strides: [1, 1], padding: [0, 0, 0, 0] } as const;
    const inputs = [tf.ones([1, 4, 4, 2]), tf.ones([3, 3, 2, 2]), tf.ones([2])] as const;
    const [x, kernel, bias] = inputs;
    const biasReads = (kernelOf: () => tf.Tensor) => {
      const { nodes } = recordGraph(
        () => [addBias(CONVOLUTIONS.conv.forward(x, kernelOf(), geometry), bias)],
        inputs,
      );
      const read = nodes.find(({ op }) => op === "BiasAdd")?.inputs[0];
      return nodes.find(({ name }) => name === read)?.op;
    };
    expect(biasReads(() => kernel)).toBe("Conv2D");
    expect(biasReads(() => tf.mul(kernel, 2))).toBe("PlaceholderWithDefault");
  },
);
