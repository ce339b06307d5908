import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { writeResults } from "../../datasets/coco/results.ts";
import { evaluateKeypoints } from "../../eval/evaluate-keypoints.ts";
import { compareCommand } from "../../src/cli/commands/scoring.ts";
import { shortNames } from "../../src/cli/compare.ts";
import { perturbedResults, TYPICAL_FAULTS } from "../eval/analysis/perturbed-results.ts";
import { syntheticTruth } from "../eval/analysis/synthetic-truth.ts";
import { writeTruth } from "../eval/analysis/write-truth.ts";

const TRUTH = syntheticTruth(30);
const FIRST = perturbedResults(TRUTH, TYPICAL_FAULTS);
const SECOND = perturbedResults(TRUTH, { ...TYPICAL_FAULTS, noise: 0.2, lost: 0.01 });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dypose-compare-"));
  await writeTruth(join(folder, "gt.json"), TRUTH);
  await writeResults(join(folder, "first.json"), FIRST);
  await mkdir(join(folder, "run", "eval-val2017"), { recursive: true });
  await writeResults(join(folder, "run", "eval-val2017", "person_keypoints_val2017_results.json"), SECOND);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function compare(...args: string[]): Promise<string[]> {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  try {
    const command = compareCommand().exitOverride();
    await command.parseAsync(["--gt", join(folder, "gt.json"), "--resamples", "100", ...args], {
      from: "user",
    });
    return log.mock.calls.map(([line]) => String(line));
  } finally {
    log.mockRestore();
  }
}

test("a file and a run's folder are compared, line by line", async () => {
  const lines = await compare(join(folder, "first.json"), join(folder, "run"));
  expect(lines).toHaveLength(11);
  const [first, second] = [FIRST, SECOND].map((results) =>
    evaluateKeypoints(TRUTH, results).stats[0]?.toFixed(3),
  );
  expect(lines[0]).toMatch(/^line +first +second +difference +95% interval$/);
  expect(lines[1]).toMatch(
    new RegExp(`^AP +${first} +${second} +\\+0\\.\\d{3} +\\+0\\.\\d{3} to \\+0\\.\\d{3} \\*$`),
  );
});

test("JSON holds lines, intervals and every image's gain; the report its page and Markdown", async () => {
  const [json, html] = [join(folder, "c.json"), join(folder, "c.html")];
  const lines = await compare(
    join(folder, "first.json"),
    join(folder, "run"),
    "--json",
    json,
    "--html",
    html,
  );
  const content = JSON.parse(await readFile(json, "utf8"));
  expect(content.lines).toHaveLength(10);
  expect(content.options).toEqual({
    resamples: 100,
    confidence: 0.95,
    seed: 0,
    mode: "strict",
    benchmark: "coco",
  });
  expect(content.images.length).toBeGreaterThan(20);
  expect(lines.at(-1)).toBe(`report: ${html}, ${join(folder, "c.md")}`);
  const page = await readFile(html, "utf8");
  expect(page).toContain("person_keypoints_val2017_results.json is the better one");
  expect(/https?:|<script/.test(page)).toBe(false);
  expect(await readFile(join(folder, "c.md"), "utf8")).toContain("| AP | ");
});

test("a folder without results, and a missing file, are named", async () => {
  await expect(compare(folder, join(folder, "run"))).rejects.toThrow(
    `${folder}: expected one results file, person_keypoints_<split>_results.json, got none`,
  );
  await expect(compare(join(folder, "absent.json"), join(folder, "run"))).rejects.toThrow(
    `${join(folder, "absent.json")}: expected a results file or a run's folder, got nothing there`,
  );
});

test("a result for an unknown image is named with its file", async () => {
  const file = join(folder, "unknown.json");
  await writeResults(file, [{ ...(FIRST[0] as (typeof FIRST)[number]), imageId: 999 }]);
  await expect(compare(join(folder, "first.json"), file)).rejects.toThrow(
    `${file} results[0] (image 999): expected an image of the ground truth`,
  );
});

test("names are as short as tells the two apart", () => {
  expect(shortNames("runs/a/r.json", "runs/b/s.json")).toEqual({ firstName: "r.json", secondName: "s.json" });
  expect(shortNames("runs/a/eval/r.json", "runs/b/eval/r.json")).toEqual({ firstName: "a", secondName: "b" });
  expect(shortNames("r.json", "old/r.json")).toEqual({ firstName: ".", secondName: "old" });
});
