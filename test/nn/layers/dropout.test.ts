import * as tf from "@tensorflow/tfjs-core";
import { input, model, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { beforeAll, expect, test } from "vitest";
import { graphFunction } from "../../../src/engine/graph/graph-function.ts";
import { Dropout } from "../../../src/nn/layers/index.ts";
import { startTrainingStep } from "../../../src/nn/network.ts";
import { testEngine } from "../../engine.ts";

beforeAll(testEngine);

function network() {
  const features = input({ shape: [1000] });
  const net = model({
    inputs: features,
    outputs: new Dropout({ name: "dropout", rate: 0.25 }).apply(features) as SymbolicTensor,
  });
  return (training: boolean) => [...(net.apply(tf.ones([2, 1000]), { training }) as tf.Tensor).dataSync()];
}

test("dropout keeps everything in use; in training a quarter is zero and the rest makes up for it", () => {
  const forward = network();
  expect(new Set(forward(false))).toEqual(new Set([1]));
  const values = forward(true);
  expect(new Set(values)).toEqual(new Set([0, Math.fround(4 / 3)]));
  // 2000 draws at a quarter: 500 ± 6 standard deviations of √(2000 · ¼ · ¾) = 19.4
  expect(Math.abs(values.filter((value) => value === 0).length - 500)).toBeLessThan(117);
});

test("what is dropped follows from seed, step and pass, whatever went before", () => {
  const features = input({ shape: [50] });
  const layer = new Dropout({ name: "dropout", rate: 0.5, seed: 3 });
  const net = model({ inputs: features, outputs: layer.apply(features) as SymbolicTensor });
  const pass = () => [...(net.apply(tf.ones([1, 50]), { training: true }) as tf.Tensor).dataSync()];
  startTrainingStep(net, 7);
  const [first, second] = [pass(), pass()];
  expect(second).not.toEqual(first);
  startTrainingStep(net, 8);
  expect(pass()).not.toEqual(first);
  startTrainingStep(net, 7);
  expect([pass(), pass()]).toEqual([first, second]);
});

test("a rate that is no share is refused", () => {
  expect(() => new Dropout({ name: "dropout", rate: 1 })).toThrow(
    "dropout.rate: expected a share from 0 to below 1, got 1",
  );
});

test("a recorded graph drops something else in every run, and the same again in the same step", () => {
  const features = input({ shape: [50] });
  const layer = new Dropout({ name: "dropout", rate: 0.5 });
  const net = model({ inputs: features, outputs: layer.apply(features) as SymbolicTensor });
  const graph = graphFunction(
    ([x]) => [net.apply(x as tf.Tensor, { training: true }) as tf.Tensor],
    () => layer.state,
  );
  const ones = tf.ones([1, 50]);
  const pass = () => [...(graph.run([ones])[0] as tf.Tensor).dataSync()];
  startTrainingStep(net, 1);
  const [first, second] = [pass(), pass()];
  expect(second).not.toEqual(first);
  startTrainingStep(net, 1);
  expect([pass(), pass()]).toEqual([first, second]);
  graph.dispose();
});

test("disposing a model with dropout leaves no tensor behind", () => {
  const before = tf.memory().numTensors;
  const features = input({ shape: [4] });
  const net = model({
    inputs: features,
    outputs: new Dropout({ rate: 0.5 }).apply(features) as SymbolicTensor,
  });
  tf.dispose([net.apply(tf.keep(tf.ones([1, 4])), { training: true }) as tf.Tensor]);
  net.dispose();
  expect(tf.memory().numTensors).toBe(before + 1); // the input
});
