import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli, startCli } from "./run-cli.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dypose-quickstart-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** The whole chain, far smaller than a newcomer's. */
const SMALL = [
  "--images",
  "8",
  "--set",
  "model.inputSize=[64, 64]",
  "--set",
  "train.epochs=1",
  "--set",
  "data.workers=1",
];

test("runs every command of the chain, shows each, and says where the picture is; again, it reuses data and run", async () => {
  const dir = join(folder, "whole");
  const args = ["quickstart", "--dir", dir, ...SMALL];
  const { code, stdout, stderr } = await runCli(args);
  expect(code, stderr).toBe(0);
  const commands = [...stdout.matchAll(/^\$ dypose (\w+)/gm)].map(([, command]) => command);
  expect(commands.filter((command) => command !== "engine")).toEqual([
    "infer",
    "data",
    "train",
    "eval",
    "infer",
  ]);
  expect(stdout).toMatch(/astronaut\.jpg: 1 person, score 0\.[4-9]/);
  const photograph = stdout.match(/The people in a photograph: (.*)$/m)?.[1] as string;
  expect(await sharp(photograph).metadata()).toMatchObject({ format: "jpeg", width: 512 });
  expect(stdout.match(/^ Average (Precision|Recall) /gm)).toHaveLength(10);
  const picture = stdout.match(/The picture with the skeletons: (.*)$/m)?.[1] as string;
  expect((await sharp(picture).metadata()).format).toBe("jpeg");

  const again = await runCli(args);
  expect(again.code, again.stderr).toBe(0);
  expect(again.stdout).toContain(`${join(dir, "data")}: already drawn`);
  expect(again.stdout).toContain("--resume");
  const scores = (text: string) => text.match(/^ Average .*$/gm);
  expect(scores(again.stdout)).toEqual(scores(stdout));
}, 300_000);

test("Ctrl-C while drawing leaves nothing of the data set behind", async () => {
  const dir = join(folder, "stopped");
  const { child, result } = startCli(["quickstart", "--dir", dir, "--images", "3000"]);
  await until(async () => (await readdir(dir).catch(() => [])).some((name) => name.endsWith(".part")));
  child.kill("SIGINT");
  expect((await result).code).toBe(130);
  expect(await readdir(dir)).toEqual(["astronaut.pose.jpg"]);
}, 60_000);

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}
