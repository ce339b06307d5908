import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkDataset } from "../../../datasets/check/check-dataset.ts";
import { readAnnotations } from "../../../datasets/coco/read-annotations.ts";
import { readCocoSource } from "../../../datasets/convert/read-coco-source.ts";
import { LSP_KEYPOINTS, readLsp } from "../../../datasets/convert/read-lsp.ts";
import { readYolo } from "../../../datasets/convert/read-yolo.ts";
import { splitByList } from "../../../datasets/convert/source-dataset.ts";
import { writeCocoLayout } from "../../../datasets/convert/write-coco-layout.ts";
import { COCO_SKELETON } from "../../../eval/skeletons/coco.ts";
import { CROWDPOSE_SKELETON } from "../../../eval/skeletons/crowdpose.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dypose-convert-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function picture(path: string, width = 100, height = 80): Promise<void> {
  await sharp({ create: { width, height, channels: 3, background: "grey" } }).toFile(path);
}
const read = (out: string, split: string) =>
  readAnnotations(join(folder, out, "annotations", `person_keypoints_${split}.json`));
const layout = (out: string) => ({
  out: join(folder, out),
  pictures: "link" as const,
  skeleton: COCO_SKELETON,
  description: "test",
});

async function makeLsp(name: string, fixture: "lsp" | "lspet", count: number): Promise<string> {
  const dir = join(folder, name);
  await mkdir(join(dir, "images"), { recursive: true });
  const text = await readFile(new URL("../../fixtures/convert/mat_files.json", import.meta.url), "utf8");
  await writeFile(join(dir, "joints.mat"), Buffer.from(JSON.parse(text).files[fixture].base64, "base64"));
  for (let index = 1; index <= count; index++) await picture(join(dir, "images", `im000${index}.jpg`));
  return dir;
}
async function joints(fixture: "lsp" | "lspet"): Promise<number[]> {
  const text = await readFile(new URL("../../fixtures/convert/mat_files.json", import.meta.url), "utf8");
  return JSON.parse(text).files[fixture].arrays.joints.data;
}

test("LSPET's joints are found by name, those it marks missing are unlabelled", async () => {
  const source = await readLsp(await makeLsp("lspet", "lspet", 3));
  const written = await writeCocoLayout(source, layout("lspet-out"));
  expect(written).toMatchObject([{ split: "train2017", images: 3, people: 3 }]);
  const { annotations, images, categories } = await read("lspet-out", "train2017");
  expect(categories[0]?.keypoints).toEqual(COCO_SKELETON.keypoints);
  expect(images.map(({ id, fileName }) => [id, fileName])).toEqual(
    [1, 2, 3].map((id) => [id, `im000${id}.jpg`]),
  );
  // Column-major [14, 3, 3]: x of joint j of person p at 42p + j, y 14 further, the mark 28 further.
  const data = await joints("lspet");
  annotations.forEach(({ keypoints }, person) => {
    COCO_SKELETON.keypoints.forEach((name, keypoint) => {
      const joint = (LSP_KEYPOINTS as readonly string[]).indexOf(name);
      const base = 42 * person + joint;
      const isLabelled = joint >= 0 && data[base + 28] === 1;
      const expected = isLabelled ? [data[base], data[base + 14], 2] : [0, 0, 0];
      expect(Array.from(keypoints).slice(3 * keypoint, 3 * keypoint + 3)).toEqual(expected);
    });
  });
});

test("LSP marks hidden joints instead: they stay labelled", async () => {
  const source = await readLsp(await makeLsp("lsp", "lsp", 2));
  const data = await joints("lsp");
  const people = source.splits[0]?.images.flatMap((image) => image.people) ?? [];
  expect(people).toHaveLength(2);
  people.forEach(({ keypoints }, person) => {
    // Column-major [3, 14, 2]: three numbers a joint.
    const expected = Array.from({ length: 14 }, (_, joint) => {
      const [x = 0, y = 0, hidden = 0] = data.slice(42 * person + 3 * joint, 42 * person + 3 * joint + 3);
      return [x, y, hidden === 1 ? 1 : 2];
    });
    expect(keypoints).toEqual(expected.flat());
  });
});

test("LSP with too few pictures is refused", async () => {
  const dir = await makeLsp("short", "lsp", 1);
  await expect(readLsp(dir)).rejects.toThrow(/expected 2 images \(joints\.mat's\), got 1/);
});

const YOLO_LINE = `0 0.5 0.5 0.5 0.5 ${Array.from({ length: 17 }, (_, k) => `${(0.3 + 0.02 * k).toFixed(2)} 0.5 2`).join(" ")}`;

async function makeYolo(name: string): Promise<string> {
  const dir = join(folder, name);
  for (const split of ["train", "val"]) {
    await mkdir(join(dir, "images", split), { recursive: true });
    await mkdir(join(dir, "labels", split), { recursive: true });
  }
  await picture(join(dir, "images/train/7.jpg"));
  await picture(join(dir, "images/train/8.jpg"));
  await picture(join(dir, "images/val/9.jpg"));
  await writeFile(join(dir, "labels/train/7.txt"), `${YOLO_LINE}\n${YOLO_LINE}\n`);
  await writeFile(join(dir, "labels/val/9.txt"), YOLO_LINE);
  return dir;
}

test("a YOLO-pose folder becomes a data set without problems, pictures without people included", async () => {
  const source = await readYolo(await makeYolo("yolo"), COCO_SKELETON);
  const written = await writeCocoLayout(source, layout("yolo-out"));
  expect(written.map(({ split, images, people }) => [split, images, people])).toEqual([
    ["train2017", 2, 2],
    ["val2017", 1, 1],
  ]);
  const { annotations, images } = await read("yolo-out", "train2017");
  expect(images.map(({ id }) => id)).toEqual([7, 8]);
  expect(annotations.map(({ box }) => box)).toEqual([
    [25, 20, 50, 40],
    [25, 20, 50, 40],
  ]);
  // 0.53 of the box, as no outline is known.
  expect(annotations[0]?.area).toBeCloseTo(0.53 * 50 * 40, 9);
  for (const { problems } of await checkDataset(join(folder, "yolo-out"))) expect(problems).toEqual([]);
});

test("YOLO labels without a picture are refused", async () => {
  const dir = await makeYolo("orphan");
  await writeFile(join(dir, "labels/val/1.txt"), YOLO_LINE);
  await expect(readYolo(dir, COCO_SKELETON)).rejects.toThrow(
    /val.1\.txt: expected a picture of the same name/,
  );
});

async function makeCrowdPose(name: string): Promise<string[]> {
  const dir = join(folder, name);
  await mkdir(join(dir, "json"), { recursive: true });
  await mkdir(join(dir, "images"));
  const files: string[] = [];
  for (const [split, id] of [
    ["train", 100000] as const,
    ["val", 100001] as const,
    ["test", 100002] as const,
  ]) {
    await picture(join(dir, "images", `${id}.jpg`));
    const keypoints = CROWDPOSE_SKELETON.keypoints.flatMap((_, k) => [10 + k, 20 + k, k === 12 ? 0 : 2]);
    const category = { id: 1, name: "person", keypoints: CROWDPOSE_SKELETON.keypoints };
    const annotation = {
      id,
      image_id: id,
      category_id: 1,
      keypoints,
      num_keypoints: 13,
      bbox: [5, 5, 40, 50],
      iscrowd: 0,
    };
    const image = { id, file_name: `${id}.jpg`, width: 100, height: 80, crowdIndex: 0.5 };
    const file = join(dir, "json", `crowdpose_${split}.json`);
    await writeFile(
      file,
      JSON.stringify({ images: [image], annotations: [annotation], categories: [category] }),
    );
    files.push(file);
  }
  return files;
}

// 0.53 of the box, 40 by 50 pixels, is 1060.
test("CrowdPose's files become splits, its limbs COCO's, its head and neck nothing", async () => {
  const files = await makeCrowdPose("crowd");
  const source = await readCocoSource(files, join(folder, "crowd", "images"));
  const written = await writeCocoLayout(source, layout("crowd-out"));
  expect(written.map(({ split }) => split)).toEqual(["train2017", "val2017", "test"]);
  const { annotations } = await read("crowd-out", "val2017");
  expect(annotations[0]).toMatchObject({ id: 100001, numKeypoints: 12, area: 1060 });
  const leftShoulder = COCO_SKELETON.keypoints.indexOf("left_shoulder");
  const keypoints = Array.from(annotations[0]?.keypoints ?? []);
  expect(keypoints.slice(3 * leftShoulder, 3 * leftShoulder + 3)).toEqual([10, 20, 2]);
  expect(keypoints.slice(0, 15)).toEqual(new Array(15).fill(0));
});

test("CrowdPose's own keypoints can be kept", async () => {
  const source = await readCocoSource(
    [join(folder, "crowd/json/crowdpose_val.json")],
    join(folder, "crowd/images"),
  );
  const { skeleton, ...own } = layout("crowd-own");
  expect(skeleton).toBe(COCO_SKELETON);
  await writeCocoLayout(source, own);
  const { annotations, categories } = await read("crowd-own", "val2017");
  expect(categories[0]?.keypoints).toEqual(CROWDPOSE_SKELETON.keypoints);
  expect(annotations[0]?.numKeypoints).toBe(13);
});

test("a list parts a data set into train2017 and val2017", async () => {
  const source = await readLsp(join(folder, "lspet"));
  const val = { text: "# held out\nim0002.jpg # hard\n\n", where: "val.txt" };
  const parted = splitByList(source, val);
  const names = parted.splits.map(({ name, images }) => [name, ...images.map(({ fileName }) => fileName)]);
  expect(names).toEqual([
    ["train2017", "im0001.jpg", "im0003.jpg"],
    ["val2017", "im0002.jpg"],
  ]);
  const both = splitByList(source, val, { text: "im0003.jpg", where: "train.txt" });
  expect(both.splits.map(({ images }) => images.map(({ fileName }) => fileName))).toEqual([
    ["im0003.jpg"],
    ["im0002.jpg"],
  ]);
  expect(() => splitByList(source, val, { text: "im0002.jpg", where: "train.txt" })).toThrow(
    /train\.txt: expected images that are not in val\.txt, got im0002\.jpg/,
  );
  expect(() => splitByList(source, { text: "im9.jpg", where: "val.txt" })).toThrow(
    /val\.txt: expected names of images, got im9\.jpg/,
  );
});

test("pictures are linked, copied or left out, as asked", async () => {
  const source = await readLsp(join(folder, "lspet"));
  const original = await stat(join(folder, "lspet/images/im0001.jpg"));
  const inode = async (out: string) => (await stat(join(folder, out, "train2017/im0001.jpg"))).ino;
  await writeCocoLayout(source, { ...layout("linked"), pictures: "link" });
  await writeCocoLayout(source, { ...layout("copied"), pictures: "copy" });
  await writeCocoLayout(source, { ...layout("bare"), pictures: "none" });
  expect(await inode("linked")).toBe(original.ino);
  expect(await inode("copied")).not.toBe(original.ino);
  expect(await readdir(join(folder, "bare/train2017"))).toEqual([]);
});

test("a conversion that fails leaves nothing behind", async () => {
  const dir = await makeLsp("failing", "lsp", 2);
  const source = await readLsp(dir);
  await rm(join(dir, "images/im0002.jpg"));
  await expect(writeCocoLayout(source, layout("failed"))).rejects.toThrow(
    /im0002\.jpg: expected a picture to copy/,
  );
  expect((await readdir(folder)).filter((name) => name.includes("failed"))).toEqual([]);
});

const REAL = process.env["DYPOSE_DATA"] ?? "../shared/data";
const LABELS = join(REAL, "lspet/lspet_coco17.json");

test.skipIf(!existsSync(LABELS))(
  "real LSPET labels keep their numbers (skipped without ../shared/data)",
  async () => {
    const truth = JSON.parse(await readFile(LABELS, "utf8"));
    const source = await readCocoSource([LABELS], join(REAL, "lspet/images"));
    await writeCocoLayout(source, { ...layout("real"), pictures: "none" });
    const [file] = await readdir(join(folder, "real/annotations"));
    const { annotations } = await readAnnotations(join(folder, "real/annotations", file ?? ""));
    expect(annotations.length).toBe(truth.annotations.length);
    annotations.forEach(({ id, keypoints, numKeypoints, box }, index) => {
      const expected = truth.annotations[index];
      expect([id, numKeypoints]).toEqual([expected.id, expected.num_keypoints]);
      expect([...Array.from(keypoints), ...box]).toEqual([...expected.keypoints, ...expected.bbox]);
    });
  },
);
