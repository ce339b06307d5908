import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "./run-cli.ts";

let folder: string;
let data: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dypose-data-"));
  data = join(folder, "drawn");
  const args = ["data", "synth", "--out", data, "--images", "4", "--size", "160x120", "--seed", "a seed"];
  const { code, stdout, stderr } = await runCli(args);
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/^train2017: 4 pictures, \d+ people\nval2017: 1 pictures, \d+ people\ndata set: /);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("synth refuses a folder that holds something, and sizes that are none", async () => {
  const full = await runCli(["data", "synth", "--out", data, "--images", "1"]);
  expect([full.code, full.stdout]).toEqual([2, ""]);
  expect(full.stderr).toBe(`dypose: ${data}: expected a new or an empty folder, got one with 3 entries\n`);
  const size = await runCli(["data", "synth", "--out", join(folder, "x"), "--images", "1", "--size", "wide"]);
  expect(size.code).toBe(2);
  expect(size.stderr).toContain("Expected WIDTHxHEIGHT in pixels, such as 320x240, got wide.");
});

test("check says that all is well, and exits with 0", async () => {
  const { code, stdout } = await runCli(["data", "check", data]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^train2017: 4 images, \d+ annotations, no problems\nval2017: 1 images/);
});

test("check names what is wrong, and exits with 1: errors always, suspects if asked", async () => {
  const dir = join(folder, "broken");
  await mkdir(join(dir, "annotations"), { recursive: true });
  const file = join(dir, "annotations/person_keypoints_val2017.json");
  const coco = JSON.parse(await readFile(join(data, "annotations/person_keypoints_train2017.json"), "utf8"));
  const write = (content: unknown) => writeFile(file, JSON.stringify(content));

  await write({ ...coco, images: [], annotations: [{ ...coco.annotations[0], id: 0 }] });
  const errors = await runCli(["data", "check", dir]);
  expect(errors.code).toBe(1);
  expect(errors.stdout).toContain(`zero-annotation-id: ${file} annotation 0: expected an id ≥ 1, got 0`);
  const json = await runCli(["data", "check", dir, "--json"]);
  expect(json.code).toBe(1);
  const [split] = JSON.parse(json.stdout).splits;
  expect(split.problems.map(({ kind }: { kind: string }) => kind)).toEqual([
    "zero-annotation-id",
    "unknown-image",
  ]);

  await write({ ...coco, images: [], annotations: [] });
  await mkdir(join(dir, "val2017"));
  await writeFile(join(dir, "val2017/stray.jpg"), "");
  expect((await runCli(["data", "check", dir])).code).toBe(0);
  const strict = await runCli(["data", "check", dir, "--strict"]);
  expect([strict.code, strict.stdout]).toEqual([1, expect.stringContaining("unlisted-file")]);
});

test("stats count people and keypoints, as tables and as JSON", async () => {
  const { code, stdout } = await runCli(["data", "stats", data, "--split", "train2017"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^train2017: 4 images/);
  expect(stdout).toMatch(/^right_ankle +[\d.]+ % +[\d.]+ % +[\d.]+ %$/m);
  const json = await runCli(["data", "stats", data, "--json"]);
  expect(Object.keys(JSON.parse(json.stdout))).toEqual(["train2017", "val2017"]);
});

test("browse writes a page, and takes the augmentation of an experiment", async () => {
  const out = join(folder, "page.html");
  const args = ["data", "browse", data, "--out", out, "--split", "train2017", "--count", "2"];
  const { code, stdout, stderr } = await runCli([...args, "--config", "configs/quickstart.yaml"]);
  expect([code, stdout], stderr).toEqual([0, `2 images: ${out}\n`]);
  expect(await readFile(out, "utf8")).toMatch(/^<!doctype html>.*<\/html>\n$/s);
});

test("convert reads what another data set's file says, by the names of its keypoints", async () => {
  const [out, file] = [join(folder, "converted"), join(data, "annotations/person_keypoints_train2017.json")];
  const args = ["data", "convert", "coco", file, "--image-folder", join(data, "train2017"), "--out", out];
  const { code, stdout, stderr } = await runCli(args);
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/^train2017: 4 images, \d+ people\n/);
  expect((await stat(join(out, "train2017/000000000001.jpg"))).isFile()).toBe(true);
  const again = await runCli(["data", "check", out]);
  expect([again.code, again.stdout]).toEqual([0, expect.stringContaining("no problems")]);
});

test("what is not there is named in one line, with exit code 2", async () => {
  const commands = [
    ["data", "check", join(folder, "nowhere")],
    ["data", "stats", join(folder, "nowhere")],
    ["data", "browse", join(folder, "nowhere"), "--out", join(folder, "n.html")],
    ["data", "convert", "lsp", join(folder, "nowhere"), "--out", join(folder, "n")],
    ["data", "convert", "yolo", join(folder, "nowhere"), "--out", join(folder, "n")],
    ["data", "convert", "crowdpose", join(folder, "nowhere"), "--out", join(folder, "n")],
  ];
  const results = await Promise.all(commands.map((args) => runCli(args)));
  results.forEach(({ code, stderr }, index) => {
    expect(code, commands[index]?.join(" ")).toBe(2);
    expect(stderr).toMatch(/^dypose: .*nowhere.*: expected .*\n$/);
  });
});
