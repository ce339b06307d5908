import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findSplit } from "../../../datasets/coco/split-files.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dypose-split-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("a split is an annotation file and a folder of images", async () => {
  const annotations = join(folder, "annotations", "person_keypoints_val2017.json");
  await mkdir(join(folder, "annotations"));
  await mkdir(join(folder, "val2017"));
  await writeFile(annotations, "{}");
  expect(await findSplit(folder, "val2017")).toEqual({ annotations, images: join(folder, "val2017") });
});

test("what is missing is named, the outermost first", async () => {
  const missing = join(folder, "nowhere");
  await expect(findSplit(missing, "val2017")).rejects.toThrow(
    `${missing}: expected a data folder in COCO's layout, got nothing there`,
  );
  const annotations = join(folder, "annotations", "person_keypoints_val2017.json");
  await expect(findSplit(folder, "val2017")).rejects.toThrow(
    `${annotations}: expected the annotations of val2017, got nothing there`,
  );
  await mkdir(annotations, { recursive: true });
  await expect(findSplit(folder, "val2017")).rejects.toThrow("got a folder");
  await rm(annotations, { recursive: true });
  await writeFile(annotations, "{}");
  await expect(findSplit(folder, "val2017")).rejects.toThrow("expected the folder of val2017's images");
  await writeFile(join(folder, "val2017"), "");
  await expect(findSplit(folder, "val2017")).rejects.toThrow("got a file");
});
