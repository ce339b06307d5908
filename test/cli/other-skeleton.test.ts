import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { COCO_SKELETON } from "../../eval/skeletons/coco.ts";
import { readWeightsInfo } from "../../src/weights/weights-file.ts";
import { runCli } from "./run-cli.ts";
import { TINY_MODEL, type TinyWorld, tinyWorld } from "./tiny-world.ts";

// Every run is a process that loads an engine: slow on a busy machine.
vi.setConfig({ testTimeout: 240_000 });

/** COCO's keypoints without the five of the face. */
const LIMBS = COCO_SKELETON.keypoints.slice(5);

let world: TinyWorld;
let config: string;
beforeAll(async () => {
  world = await tinyWorld();
  for (const split of ["train2017", "val2017"]) await keepLimbs(split);
  const skeleton = join(world.folder, "limbs.yaml");
  const pairs = [0, 2, 4, 6, 8, 10].map((k) => [LIMBS[k], LIMBS[k + 1]]);
  const lists = { keypoints: LIMBS, flipPairs: pairs, edges: pairs, sigmas: COCO_SKELETON.sigmas.slice(5) };
  await writeFile(skeleton, JSON.stringify({ name: "limbs", ...lists }));
  config = join(world.folder, "limbs-config.yaml");
  await writeFile(
    config,
    `model: {name: ${TINY_MODEL}, inputSize: [64, 64]}\ndata: {skeleton: ${skeleton}}\n` +
      "train: {epochs: 1, batchSize: 2}\n",
  );
});
afterAll(() => world.remove());

async function keepLimbs(split: string): Promise<void> {
  const path = join(world.data, "annotations", `person_keypoints_${split}.json`);
  const coco = JSON.parse(await readFile(path, "utf8"));
  for (const category of coco.categories) Object.assign(category, { keypoints: LIMBS, skeleton: [] });
  for (const annotation of coco.annotations) annotation.keypoints = annotation.keypoints.slice(15);
  await writeFile(path, JSON.stringify(coco));
}

test("a network of another skeleton trains, takes it along in its weights, is scored and finds poses", async () => {
  const run = join(world.folder, "limbs-run");
  const trained = await runCli(["train", config, "--data", world.data, "--out", run]);
  expect(trained).toMatchObject({ code: 0 });
  const info = await readWeightsInfo(join(run, "best.safetensors"));
  expect(info).toMatchObject({ model: { numKeypoints: 12 }, skeleton: { name: "limbs", keypoints: LIMBS } });

  const scored = await runCli([
    "eval",
    run,
    "--data",
    world.data,
    "--html",
    join(world.folder, "limbs.html"),
  ]);
  expect(scored).toMatchObject({ code: 0 });
  expect(scored.stdout).toMatch(/Average Precision {2}\(AP\) @\[ IoU=0\.50:0\.95 \| area= {3}all/);
  const page = await readFile(join(world.folder, "limbs.html"), "utf8");
  // Whole pages make poor messages.
  expect(["left ankle", "left eye"].map((name) => page.includes(name))).toEqual([true, false]);

  const picture = join(world.data, "val2017", "000001000001.jpg");
  const json = join(world.folder, "limbs.json");
  const found = await runCli([
    ...["infer", picture, "--weights", run, "--detector", "none", "--out", world.folder, "--json", json],
  ]);
  expect(found).toMatchObject({ code: 0 });
  const [person] = JSON.parse(await readFile(json, "utf8"));
  expect(person.keypoints.map(({ name }: { name: string }) => name)).toEqual(LIMBS);
});

test("data of another skeleton than the config's is refused before anything trains", async () => {
  const out = join(world.folder, "refused");
  const { code, stderr } = await runCli([
    ...["train", config, "--data", world.data, "--out", out, "--set", "data.skeleton=coco"],
  ]);
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /person_keypoints_train2017\.json category 1: expected the keypoints of skeleton coco, nose at place 1, got left_shoulder; another skeleton is set with data\.skeleton/,
  );
});
