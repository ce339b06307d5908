import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { COCO_SKELETON } from "../../eval/skeletons/coco.ts";
import { buildModel } from "../../src/models/build-model.ts";
import { sourceTensors } from "../../src/weights/import/import-weights.ts";
import { namingOf } from "../../src/weights/import/namings.ts";
import { writeSafetensors } from "../../src/weights/safetensors.ts";
import { readWeightsFile } from "../../src/weights/weights-file.ts";
import { testEngine } from "../engine.ts";
import { stateTensor } from "../weights/import/formula.ts";
import { runCli } from "./run-cli.ts";

let folder: string;
let state: string;
beforeAll(async () => {
  await testEngine();
  folder = await mkdtemp(join(tmpdir(), "dypose-import-"));
  state = join(folder, "mobilenet_v3_small.safetensors");
  const classifier = buildModel({
    name: "mobilenetv3-small_classifier",
    inputSize: [32, 32],
    numClasses: 3,
    initialize: false,
  });
  const sources = [...sourceTensors(classifier, namingOf("torchvision", "mobilenetv3-small")).values()];
  const tensors = new Map(sources.map(({ name, shape }) => [name, stateTensor(name, shape)]));
  await writeSafetensors(state, { tensors, metadata: {} });
});
afterAll(() => rm(folder, { recursive: true }));

const importAs = (model: string, out: string, ...more: string[]) =>
  runCli(["import", state, "--as", "torchvision", "--model", model, "--out", out, ...more]);

test("a classifier is imported with the file's classes, a dynamic one with every kernel the static one", async () => {
  const [still, dynamic] = [join(folder, "static.safetensors"), join(folder, "dynamic.safetensors")];
  const [first, second] = await Promise.all([
    importAs("mobilenetv3-small_classifier", still),
    importAs("dy-mobilenetv3-small_classifier", dynamic, "--kernels", "2"),
  ]);
  expect(first.code, first.stderr).toBe(0);
  expect(first.stdout).toMatch(/^.*static\.safetensors: mobilenetv3-small_classifier with \d+ weights of /);
  expect(second.stdout).toContain("first weights from seed 0: attention\n");
  const [from, to] = [await readWeightsFile(still), await readWeightsFile(dynamic)];
  expect(from.info.model).toMatchObject({ name: "mobilenetv3-small_classifier", numClasses: 3 });
  const name = "stage5_block1_depthwise_conv/kernel";
  expect(from.tensors.get(name)?.shape).toEqual([5, 5, 288, 1]);
  expect(to.tensors.get(name)?.shape).toEqual([5, 5, 2, 288, 1]);
});

test("a keypoint network gets the backbone, and says what it does not get and what is left out", async () => {
  const out = join(folder, "pose.safetensors");
  const { code, stdout } = await importAs("mobilenetv3-small_bottleneck", out, "--input", "64x64");
  expect(code).toBe(0);
  expect(stdout).toContain("first weights from seed 0: head1, head2, head3, heatmaps\n");
  expect(stdout).toContain("left out: last, hidden, classes\n");
  const { info } = await readWeightsFile(out);
  expect(info).toMatchObject({
    model: { numKeypoints: 17, inputSize: [64, 64] },
    skeleton: COCO_SKELETON,
    epoch: 0,
  });
});

test("a file of another network, or none, or an unknown library is one line", async () => {
  const text = join(folder, "text.safetensors");
  await writeFile(text, "not tensors");
  const out = join(folder, "never.safetensors");
  const args = (file: string, library: string, model: string) => [
    ...["import", file, "--as", library, "--model", model, "--out", out],
  ];
  for (const [command, message] of [
    [
      args(state, "timm", "mobilenetv3-small_classifier"),
      /expected the weights of .* missing: conv_stem\.weight/,
    ],
    [args(state, "torchvision", "resnet10_deconv"), /expected a network that torchvision has \(resnet18, /],
    [args(text, "torchvision", "resnet18_deconv"), `${text}: expected a safetensors`],
    [args(state, "keras", "resnet18_deconv"), /torchvision, timm/],
    [args(state, "torchvision", "resnet18"), /model\.name: expected/],
  ] as const) {
    const { code, stderr } = await runCli(command);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^dypose: .+\n$/);
    expect(stderr).toMatch(message);
  }
});
