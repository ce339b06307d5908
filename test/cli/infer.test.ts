import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { COCO_SKELETON } from "../../eval/skeletons/coco.ts";
import { runCli } from "./run-cli.ts";
import { type TinyWorld, tinyWorld } from "./tiny-world.ts";

let world: TinyWorld;
let picture: string;
beforeAll(async () => {
  world = await tinyWorld();
  picture = join(world.data, "val2017", "000001000001.jpg");
});
afterAll(() => world?.remove());

interface Row {
  image: string;
  box: { x: number; y: number; width: number; height: number };
  score: number;
  keypoints: { name: string; x: number; y: number; score: number }[];
}

test("two boxes give two persons of seventeen named keypoints, and a drawn copy of the picture's size", async () => {
  const [out, json] = [join(world.folder, "two"), join(world.folder, "two.json")];
  const where = ["--box", "10,20,50,80", "--box", "-5,0,100,400"];
  const { code, stdout } = await runCli([
    "infer",
    picture,
    "--weights",
    world.run,
    ...where,
    "--out",
    out,
    "--json",
    json,
  ]);
  expect(code).toBe(0);
  const rows: Row[] = JSON.parse(await readFile(json, "utf8"));
  expect(rows.map(({ image }) => image)).toEqual([picture, picture]);
  // the second box is clipped to the picture of 160x120
  expect(rows.map(({ box }) => box)).toEqual([
    { x: 10, y: 20, width: 50, height: 80 },
    { x: 0, y: 0, width: 95, height: 120 },
  ]);
  for (const { keypoints, score } of rows) {
    expect(keypoints.map(({ name }) => name)).toEqual(COCO_SKELETON.keypoints);
    expect([score, ...keypoints.flatMap(({ x, y, score }) => [x, y, score])].every(Number.isFinite)).toBe(
      true,
    );
  }
  const drawn = join(out, "000001000001.pose.jpg");
  expect(stdout).toContain(drawn);
  expect(await sharp(drawn).metadata()).toMatchObject({ width: 160, height: 120, format: "jpeg" });
});

test("without a box or a detector the whole picture is one, turned upright as its EXIF orientation says", async () => {
  const [turned, out] = [join(world.folder, "turned.jpg"), join(world.folder, "whole")];
  // 6: to be turned a quarter clockwise
  await sharp(picture).withMetadata({ orientation: 6 }).toFile(turned);
  const { code, stdout, stderr } = await runCli([
    "infer",
    turned,
    "--weights",
    world.weights,
    "--detector",
    "none",
    "--out",
    out,
    "--json",
    "-",
  ]);
  expect(code).toBe(0);
  const rows: Row[] = JSON.parse(stdout);
  expect(rows.map(({ box }) => box)).toEqual([{ x: 0, y: 0, width: 120, height: 160 }]);
  expect(stderr).toContain(join(out, "turned.pose.jpg"));
  const { width, height, orientation } = await sharp(join(out, "turned.pose.jpg")).metadata();
  expect([width, height, orientation ?? 1]).toEqual([120, 160, 1]);
});

test("every box applies to every picture, and pictures of one name get copies of their own", async () => {
  const [elsewhere, out] = [join(world.folder, "elsewhere"), join(world.folder, "several")];
  await mkdir(elsewhere);
  const twin = join(elsewhere, "000001000001.jpg");
  await writeFile(twin, await readFile(picture));
  const args = ["infer", picture, twin, "--weights", world.run, "--box", "0,0,50,50", "--box", "9,9,50,50"];
  const { code, stdout } = await runCli([...args, "--out", out, "--json", "-"]);
  expect(code).toBe(0);
  const rows: Row[] = JSON.parse(stdout);
  expect(rows.map(({ image, box }) => [image, box.x])).toEqual([
    [picture, 0],
    [picture, 9],
    [twin, 0],
    [twin, 9],
  ]);
  expect((await readdir(out)).sort()).toEqual([
    "elsewhere_000001000001.pose.jpg",
    "val2017_000001000001.pose.jpg",
  ]);
});

test("a picture with nobody is no error: it is said, and the JSON is empty", async () => {
  const [grey, out] = [join(world.folder, "grey.png"), join(world.folder, "nobody")];
  await sharp({ create: { width: 320, height: 240, channels: 3, background: "#808080" } }).toFile(grey);
  const args = ["infer", grey, "--weights", world.run, "--out", out, "--json", "-"];
  const { code, stdout, stderr } = await runCli(args);
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toEqual([]);
  expect(stderr).toContain(`${grey}: nobody found`);
});

test("labels for every tool: two pictures, a person in each", async () => {
  const pictures = join(world.folder, "to-label");
  await mkdir(pictures);
  for (const name of ["a.jpg", "b.jpg"]) await sharp(picture).toFile(join(pictures, name));
  const label = async (format: string) => {
    const out = join(world.folder, `labels-${format}`);
    const box = ["--box", "20,20,60,80", "--weights", world.run];
    const { code, stderr } = await runCli(["infer", pictures, ...box, "--format", format, "--out", out]);
    expect(code, stderr).toBe(0);
    return (name: string) => readFile(join(out, name), "utf8");
  };

  const yolo = await label("yolo");
  // class, box, and 17 keypoints of three numbers
  for (const name of ["a", "b"])
    expect((await yolo(`labels/${name}.txt`)).trim().split(" ")).toHaveLength(56);
  expect(await yolo("dataset.yaml")).toContain("kpt_shape: [17, 3]");

  const coco = await label("coco");
  const { images } = JSON.parse(await coco("image_info.json"));
  expect(images.map(({ file_name }: { file_name: string }) => file_name)).toEqual(["a.jpg", "b.jpg"]);
  const results = JSON.parse(await coco("person_keypoints_results.json"));
  expect(results.map(({ image_id }: { image_id: number }) => image_id)).toEqual([1, 2]);

  const tasks = JSON.parse(await (await label("label-studio"))("label-studio.json"));
  expect(tasks).toHaveLength(2);
  expect((await (await label("cvat"))("annotations.xml")).match(/<image /g)).toHaveLength(2);
}, 120_000);

test("pictures that would share a YOLO label file are refused before anything is written", async () => {
  const [pictures, out] = [join(world.folder, "stems"), join(world.folder, "stem-labels")];
  await mkdir(pictures);
  for (const name of ["a.jpg", "a.png"]) await sharp(picture).toFile(join(pictures, name));
  const { code, stderr } = await runCli(["infer", pictures, "--format", "yolo", "--out", out]);
  expect(code).toBe(2);
  expect(stderr).toBe(
    "dypose: --format yolo: expected a label file a picture, got one for a.jpg and a.png\n",
  );
  await expect(readdir(out)).rejects.toThrow("ENOENT");
});
