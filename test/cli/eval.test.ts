import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readAnnotations, truthOf } from "../../datasets/coco/read-annotations.ts";
import { readResults } from "../../datasets/coco/results.ts";
import { evaluateKeypoints } from "../../eval/evaluate-keypoints.ts";
import { summaryLines } from "../../eval/summary.ts";
import { runCli } from "./run-cli.ts";
import { type TinyWorld, tinyWorld } from "./tiny-world.ts";

let world: TinyWorld;
let annotations: string;
beforeAll(async () => {
  world = await tinyWorld();
  annotations = join(world.data, "annotations", "person_keypoints_val2017.json");
});
afterAll(() => world?.remove());

/** What follows a name in the protocol. */
function protocolOf(stdout: string, name: string): string | undefined {
  return stdout.match(new RegExp(`^${name} +(.*)$`, "m"))?.[1];
}

test("prints the protocol and ten lines, which are those of the results file it writes", async () => {
  const json = join(world.folder, "eval.json");
  const { code, stdout, stderr } = await runCli(["eval", world.run, "--data", world.data, "--json", json]);
  expect(stderr).toBe("");
  expect(code).toBe(0);

  const coco = await readAnnotations(annotations);
  const results = await readResults(join(world.run, "eval-val2017", "person_keypoints_val2017_results.json"));
  const people = coco.annotations.filter(({ numKeypoints }) => numKeypoints > 0);
  expect(results).toHaveLength(people.length);
  const scored = evaluateKeypoints(truthOf(coco), results);
  for (const line of summaryLines(scored)) expect(stdout).toContain(`${line}\n`);
  const written = JSON.parse(await readFile(json, "utf8"));
  expect(written.stats).toEqual(scored.stats);
  expect(written.counts).toMatchObject({ images: 2, results: people.length });

  const sha = createHash("sha256")
    .update(await readFile(world.weights))
    .digest("hex")
    .slice(0, 12);
  expect(protocolOf(stdout, "checkpoint")).toContain(`epoch 3, step 12, sha256 ${sha}`);
  expect(protocolOf(stdout, "boxes")).toBe(
    `ground truth, ${people.length} persons with labelled keypoints, no crowds`,
  );
  expect(protocolOf(stdout, "flip test")).toBe("on, mirrored heatmaps moved 1 cell");
  expect(protocolOf(stdout, "NMS")).toBe("none");
  expect(protocolOf(stdout, "area")).toContain("extent of each result's keypoints");
});

test("takes a detector's boxes, scores with theirs, suppresses duplicates, and says so", async () => {
  const coco = await readAnnotations(annotations);
  const imageId = coco.images[0]?.id;
  const detection = { image_id: imageId, category_id: 1, bbox: [10, 10, 60, 90], score: 0.5 };
  const boxes = join(world.folder, "boxes.json");
  // the same box twice, one outside the picture, one of another category, one unsure
  await writeFile(
    boxes,
    JSON.stringify([
      detection,
      { ...detection, score: 0.25 },
      { ...detection, bbox: [500, 10, 20, 20] },
      { ...detection, category_id: 2 },
      { ...detection, bbox: [0, 0, 160, 120], score: 0.01 },
    ]),
  );
  const out = join(world.folder, "detected");
  const args = ["eval", world.weights, "--data", world.data, "--boxes", boxes, "--min-box-score", "0.1"];
  const { code, stdout } = await runCli([...args, "--no-flip-test", "--result-boxes", "--out", out]);
  expect(code).toBe(0);
  expect(protocolOf(stdout, "boxes")).toBe(`${boxes}, 2 boxes scored 0.1 or more`);
  expect(protocolOf(stdout, "flip test")).toBe("off");
  expect(protocolOf(stdout, "NMS")).toBe("hard OKS-NMS at 0.9");
  expect(protocolOf(stdout, "area")).toBe("each result's box");
  const results = await readResults(join(out, "person_keypoints_val2017_results.json"));
  expect(results).toHaveLength(1);
  expect(results[0]?.box).toEqual([10, 10, 60, 90]);
  const keypointScores = Array.from(results[0]?.keypoints ?? []).filter((_, i) => i % 3 === 2);
  const sure = keypointScores.filter((score) => score > 0.2);
  const mean = sure.length > 0 ? sure.reduce((sum, score) => sum + score, 0) / sure.length : 0;
  expect(results[0]?.score).toBeCloseTo(0.5 * mean, 9);
});

test("a box of an image that is not in the data set is an error that names the record, and nothing is written", async () => {
  const boxes = join(world.folder, "foreign.json");
  await writeFile(boxes, JSON.stringify([{ image_id: 99, category_id: 1, bbox: [0, 0, 9, 9], score: 1 }]));
  const out = join(world.folder, "foreign");
  const args = ["eval", world.run, "--data", world.data, "--boxes", boxes, "--out", out];
  const { code, stderr } = await runCli(args);
  expect(code).toBe(2);
  expect(stderr).toBe(
    `dypose: ${boxes} detections[0]: expected an image of ${annotations}, got image_id 99\n`,
  );
  expect(await readdir(world.folder)).not.toContain("foreign");
});
