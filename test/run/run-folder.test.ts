import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openRunFolder, refuseOtherConfig } from "../../src/run/run-folder.ts";
import { tinyConfig } from "../train/tiny-run.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dypose-folder-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("a run's folder gets its config; a second run in it is refused, a resumed one is not", async () => {
  const run = join(folder, "new", "run");
  await openRunFolder(run, tinyConfig(), false);
  const saved = await readFile(join(run, "config.yaml"), "utf8");
  expect(saved).toContain("learningRate: 0.01");
  await expect(openRunFolder(run, tinyConfig("train.seed=9"), false)).rejects.toThrow(
    `${run}: expected no run in it, got one`,
  );
  expect(await readFile(join(run, "config.yaml"), "utf8")).toBe(saved);
  await openRunFolder(run, tinyConfig(), true);
});

test("what changes a step that was taken cannot change on resuming, and is named", async () => {
  await openRunFolder(folder, tinyConfig(), false);
  const other = tinyConfig("train.learningRate=0.02", "validation.interval=3");
  await expect(refuseOtherConfig(folder, other)).rejects.toThrow(
    /expected the config of the run to resume, got another: train\.learningRate 0\.01, now 0\.02$/,
  );
});

test("a run may go on for more epochs, but not under a cosine, where their number decides every step's rate", async () => {
  const cosine = "train.schedule={kind: cosine}";
  const [plain, curved] = [join(folder, "plain"), join(folder, "curved")];
  await openRunFolder(plain, tinyConfig(), false);
  await openRunFolder(curved, tinyConfig(cosine), false);
  await refuseOtherConfig(plain, tinyConfig("train.epochs=5"));
  await expect(refuseOtherConfig(curved, tinyConfig(cosine, "train.epochs=5"))).rejects.toThrow(
    "train.epochs 2, now 5",
  );
});
