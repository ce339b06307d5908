import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkDataset } from "../../../datasets/check/check-dataset.ts";
import type { Problem, ProblemKind } from "../../../datasets/check/problem.ts";
import { generateDataset } from "../../../datasets/synth/generate.ts";

let folder: string;
let sound: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dypose-check-"));
  sound = join(folder, "sound");
  const size = { width: 160, height: 120 };
  await generateDataset({ out: sound, images: 3, valImages: 2, seed: 5, difficulty: "easy", ...size });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

// biome-ignore lint/suspicious/noExplicitAny: whatever a broken file may hold
type Loose = any;
type Damage = (coco: Loose, dir: string) => unknown;

/** Breaks a copy of the sound data set and checks its train2017. */
async function checkBroken(damage: Damage, decode = true): Promise<readonly Problem[]> {
  const dir = join(folder, "broken");
  await rm(dir, { recursive: true, force: true });
  await cp(sound, dir, { recursive: true });
  const file = join(dir, "annotations/person_keypoints_train2017.json");
  const coco = JSON.parse(await readFile(file, "utf8"));
  await damage(coco, dir);
  await writeFile(file, JSON.stringify(coco));
  const [split] = await checkDataset(dir, { splits: ["train2017"], decode });
  return split?.problems ?? [];
}
const picture = (dir: string, index: number) => join(dir, "train2017", `00000000000${index}.jpg`);

test("a sound data set has no problems, in any split", async () => {
  const splits = await checkDataset(sound);
  expect(splits.map(({ split, images, problems }) => [split, images, problems])).toEqual([
    ["train2017", 3, []],
    ["val2017", 2, []],
  ]);
});

const DAMAGES: [ProblemKind, string, Damage][] = [
  ["malformed-record", "annotations[0] (id 100)", (coco) => delete coco.annotations[0].bbox],
  [
    "duplicate-image-id",
    "image 1",
    (coco) => coco.images.push({ ...coco.images[0], file_name: "000000000002.jpg" }),
  ],
  ["duplicate-file-name", "image 2", (coco, dir) => rename(coco, dir)],
  ["missing-file", "image 2", (_, dir) => rm(picture(dir, 2))],
  ["corrupt-file", "image 1", (_, dir) => truncate(picture(dir, 1))],
  ["image-size", "image 3", (coco) => Object.assign(coco.images[2], { width: 161 })],
  [
    "unsafe-file-name",
    "image 1",
    (coco) => Object.assign(coco.images[0], { file_name: "../annotations/x.jpg" }),
  ],
  ["zero-annotation-id", "annotation 0", (coco) => Object.assign(coco.annotations[0], { id: 0 })],
  ["duplicate-annotation-id", "annotation 100", (coco) => coco.annotations.push(coco.annotations[0])],
  ["unknown-image", "annotation 100", (coco) => Object.assign(coco.annotations[0], { image_id: 77 })],
  ["unknown-category", "annotation 100", (coco) => Object.assign(coco.annotations[0], { category_id: 7 })],
  ["keypoint-count", "annotation 100", (coco) => void coco.annotations[0].keypoints.pop()],
  ["visibility", "annotation 100", (coco) => coco.annotations[0].keypoints.splice(17, 1, 3)],
  ["num-keypoints", "annotation 100", (coco) => void coco.annotations[0].num_keypoints++],
  ["keypoint-outside-image", "annotation 100", (coco) => coco.annotations[0].keypoints.splice(15, 1, 999)],
  ["empty-box", "annotation 100", (coco) => coco.annotations[0].bbox.splice(2, 1, 0)],
  ["box-outside-image", "annotation 100", (coco) => coco.annotations[0].bbox.splice(0, 1, -20)],
  ["area-over-box", "annotation 100", (coco) => Object.assign(coco.annotations[0], { area: 1e6 })],
  ["hidden-coordinates", "annotation 100", (coco) => hide(coco.annotations[0])],
  ["unlisted-file", "new.jpg", (_, dir) => cp(picture(dir, 1), join(dir, "train2017/new.jpg"))],
];

function hide(annotation: Loose): void {
  annotation.keypoints[17] = 0;
  annotation.num_keypoints--;
}
async function truncate(path: string): Promise<void> {
  await writeFile(path, (await readFile(path)).subarray(0, 2000));
}
async function rename(coco: Loose, dir: string): Promise<void> {
  coco.images[1].file_name = coco.images[0].file_name;
  await rm(picture(dir, 2));
}

for (const [kind, record, damage] of DAMAGES) {
  test(`finds ${kind}, and names the record`, async () => {
    const found = (await checkBroken(damage)).filter((problem) => problem.kind === kind);
    expect(found.map((problem) => problem.record)).toEqual([record]);
    for (const { detail } of found) expect(detail).toMatch(/expected .*, got[: ]/);
  });
}

test("one broken record does not keep the others from being checked", async () => {
  const problems = await checkBroken((coco) => {
    coco.images[0].width = "wide";
    delete coco.annotations[0].keypoints;
    coco.annotations.at(-1).num_keypoints = 0;
  });
  const kinds = new Set(problems.map(({ kind }) => kind));
  expect(kinds).toContain("malformed-record");
  expect(kinds).toContain("num-keypoints");
});

test("headers alone do not show damage further in", async () => {
  const problems = await checkBroken((_, dir) => truncate(picture(dir, 1)), false);
  expect(problems).toEqual([]);
});

test("a file that is not COCO, and a folder without annotations, are errors that name it", async () => {
  await expect(checkBroken((coco) => delete coco.categories)).rejects.toThrow(
    /train2017\.json: expected an array "categories", got none/,
  );
  await expect(checkDataset(join(folder, "nowhere"))).rejects.toThrow(
    /nowhere.annotations: expected a folder/,
  );
  await expect(checkDataset(sound, { splits: ["test2017"] })).rejects.toThrow(/test2017\.json: expected/);
});
