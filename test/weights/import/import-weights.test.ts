import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildModel } from "../../../src/models/build-model.ts";
import { parseModelName } from "../../../src/models/model-name.ts";
import { importWeights, sourceTensors } from "../../../src/weights/import/import-weights.ts";
import { namingOf, type WeightsLibrary } from "../../../src/weights/import/namings.ts";
import { initialiseWeights } from "../../../src/weights/initialise-weights.ts";
import { type HostTensor, writeSafetensors } from "../../../src/weights/safetensors.ts";
import { testEngine } from "../../engine.ts";
import fixture from "../../fixtures/import/scores.json" with { type: "json" };
import { formula, sizeOf, stateTensor } from "./formula.ts";

let folder: string;
beforeAll(async () => {
  await testEngine();
  folder = await mkdtemp(join(tmpdir(), "dypose-import-"));
});
afterAll(() => rm(folder, { recursive: true }));

const [, channels, height, width] = fixture.image as [number, number, number, number];

const build = (name: string, initialize = false): LayersModel =>
  buildModel({
    name,
    inputSize: [height, width],
    numClasses: fixture.classes,
    numKeypoints: 17,
    kernels: 2,
    initialize,
  });

/** All that the library's own file would hold, counters too, its numbers from the formula. */
function stateOf(library: string, network: string): Map<string, HostTensor> {
  const classifier = build(`${network}_classifier`);
  const naming = namingOf(library as WeightsLibrary, parseModelName(`${network}_classifier`).backbone);
  const state = new Map<string, HostTensor>();
  for (const { name, shape } of sourceTensors(classifier, naming).values()) {
    state.set(name, stateTensor(name, shape));
    if (name.endsWith("running_var")) {
      const counter = { shape: [], data: BigInt64Array.of(0n) };
      state.set(name.replace("running_var", "num_batches_tracked"), counter);
    }
  }
  classifier.dispose();
  return state;
}

/** Class scores of the fixture's image. */
function scoresOf(model: LayersModel): number[] {
  const scores = tf.tidy(() => {
    const image = tf.tensor(formula("image", sizeOf(fixture.image), -2, 2), [1, channels, height, width]);
    return model.predict(tf.transpose(image, [0, 2, 3, 1])) as tf.Tensor;
  });
  const values = [...scores.dataSync()];
  scores.dispose();
  return values;
}

const largestGap = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, i) => Math.abs(value - (b[i] as number))));

const CASES = fixture.networks.map((network) => ({
  ...network,
  title: `${network.network} of ${network.from}`,
}));

test.each(CASES)(
  "$title imported gives the scores that the library's own network gives; so does the dynamic one that starts from it",
  async ({ from, network, tensors, sha256, scores }) => {
    const state = stateOf(from, network);
    expect(state.size).toBe(tensors);
    const shapes = [...state].map(([name, { shape }]) => `${name} [${shape}]`).sort();
    expect(createHash("sha256").update(shapes.join("\n")).digest("hex")).toBe(sha256);

    const path = join(folder, "state.safetensors");
    await writeSafetensors(path, { tensors: state, metadata: {} });
    const imported = await importWeights(path, from as WeightsLibrary, `dy-${network}_classifier`);
    for (const [name, initialize] of [
      [`${network}_classifier`, false],
      [`dy-${network}_classifier`, true],
    ] as const) {
      const model = build(name, initialize);
      initialiseWeights(model, imported);
      // The smallest mistake, a wrong epsilon in MobileNetV3, makes 1.7e-4.
      expect(largestGap(scoresOf(model), scores)).toBeLessThan(2e-5);
      model.dispose();
    }
  },
  120_000,
);

test("a classifier's weights start a keypoint network's backbone, static or dynamic", async () => {
  const path = join(folder, "v3.safetensors");
  await writeSafetensors(path, { tensors: stateOf("torchvision", "mobilenetv3-small"), metadata: {} });
  const imported = await importWeights(path, "torchvision", "mobilenetv3-small_deconv");
  for (const name of ["mobilenetv3-small_bottleneck", "dy-mobilenetv3-small_deconv"]) {
    const model = build(name);
    const taken = new Set(initialiseWeights(model, imported));
    const left = model.weights.map(({ originalName }) => originalName).filter((weight) => !taken.has(weight));
    expect(taken).toContain("stem_conv/kernel");
    expect(left.filter((weight) => !/^(head|heatmaps)|attention_/.test(weight))).toEqual([]);
    expect([...taken].filter((weight) => weight.startsWith("head"))).toEqual([]);
    model.dispose();
  }
});

test("a file that does not fit lists every missing, extra and misshapen tensor", async () => {
  const state = stateOf("torchvision", "mobilenetv2-0.35");
  state.delete("features.1.conv.2.bias");
  state.delete("features.0.0.weight");
  state.set("features.19.weight", stateTensor("x", [3]));
  state.set("features.3.conv.0.0.weight", stateTensor("x", [48, 8, 3, 3]));
  const path = join(folder, "spoilt.safetensors");
  await writeSafetensors(path, { tensors: state, metadata: {} });
  await expect(importWeights(path, "torchvision", "dy-mobilenetv2-0.35_bottleneck")).rejects.toThrow(
    `${path}: expected the weights of mobilenetv2-0.35_classifier, got ` +
      "2 missing: features.0.0.weight, features.1.conv.2.bias; 1 extra: features.19.weight; " +
      "1 misshapen: features.3.conv.0.0.weight [48,8,3,3] instead of [48,8,1,1]",
  );
});

test("a network that the library does not have names those it has", async () => {
  await expect(importWeights("x", "timm", "resnet10_deconv")).rejects.toThrow(
    "import: expected a network that timm has (resnet18, mobilenetv2, mobilenetv3-small), got resnet10",
  );
});
