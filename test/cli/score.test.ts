import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { evaluateKeypoints } from "../../eval/evaluate-keypoints.ts";
import { STAT_NAMES, summaryLines } from "../../eval/summary.ts";
import { scoreCommand } from "../../src/cli/commands/scoring.ts";
import { toCoco } from "../eval/pycocotools.ts";
import { randomCase } from "../eval/random-case.ts";
import { randomCrowdCase } from "../eval/random-crowd-case.ts";

const folder = mkdtempSync(join(tmpdir(), "score-"));
const inFolder = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

let stdout: string[];
let stderr: string[];
beforeEach(() => {
  [stdout, stderr] = [[], []];
  vi.spyOn(console, "log").mockImplementation((line: string) => stdout.push(line));
  vi.spyOn(console, "error").mockImplementation((line: string) => stderr.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

/** Three categories of 17 keypoints, no quirk among them. */
const CASE = randomCase(24);

function write(name: string, content: unknown): string {
  writeFileSync(inFolder(name), JSON.stringify(content));
  return inFolder(name);
}

function files({ truth, results } = CASE): string[] {
  const { gt, dt } = toCoco({ truth, results, params: {} });
  return ["--gt", write("gt.json", gt), "--results", write("dt.json", dt)];
}

async function score(...args: string[]): Promise<void> {
  await scoreCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .parseAsync(args, { from: "user" });
}

test("the ten lines, and nothing else, go to stdout", async () => {
  await score(...files());
  expect(stdout).toEqual(summaryLines(evaluateKeypoints(CASE.truth, CASE.results, {})));
});

test("--json holds the numbers, their names and what they depend on; --arrays nests the arrays", async () => {
  await score(...files(), "--json", inFolder("out.json"), "--arrays");
  const { stats, precision, recall, params, counts } = evaluateKeypoints(CASE.truth, CASE.results);
  const json = JSON.parse(readFileSync(inFolder("out.json"), "utf8"));
  expect(json).toMatchObject({ stats, names: STAT_NAMES, summary: stdout, params });
  expect(json.protocol).toMatchObject({
    name: "coco",
    mode: "strict",
    groundTruth: inFolder("gt.json"),
    quirks: [],
  });
  expect(json.counts).toMatchObject({ images: 4, annotations: 9, results: 31, shape: counts });
  const [T, R, K, A, M] = counts;
  expect([json.precision, json.recall, json.scores].map(shapeOf)).toEqual([
    [T, R, K, A, M],
    [T, K, A, M],
    [T, R, K, A, M],
  ]);
  expect(json.precision.flat(9)).toEqual(Array.from(precision.data));
  expect(json.recall.flat(9)).toEqual(Array.from(recall.data));
});

function shapeOf(array: unknown): number[] {
  return Array.isArray(array) ? [array.length, ...shapeOf(array[0])] : [];
}

test("subsets, limits, sigmas and categories are those of the flags", async () => {
  const sigmas = Array.from({ length: 17 }, (_, k) => 0.03 + 0.005 * k);
  const imageIds = CASE.truth.imageIds.slice(0, 3);
  const lists = ["--image-ids", write("ids.json", imageIds), "--sigmas", write("sigmas.json", sigmas)];
  await score(
    ...files(),
    ...lists,
    "--category-ids",
    "1,7",
    "--max-dets",
    "20,1,5",
    "--json",
    inFolder("out.json"),
  );
  const params = { imageIds, sigmas, categoryIds: [1, 7], maxDetections: [1, 5, 20] };
  const { stats } = evaluateKeypoints(CASE.truth, CASE.results, params);
  expect(JSON.parse(readFileSync(inFolder("out.json"), "utf8"))).toMatchObject({
    stats,
    params: { ...params, imageIds: imageIds.toSorted((a, b) => a - b) },
  });
});

test("without categories pycocotools matches nothing, which is said; corrected counts", async () => {
  await score(...files(), "--no-use-cats");
  expect(stdout[0]).toMatch(/= 0\.000$/);
  expect(stderr).toEqual([
    expect.stringMatching(/^pooled-categories: .* AP 0\.000 strict, 0\.\d+ corrected/),
  ]);
  stdout = [];
  await score(...files(), "--no-use-cats", "--mode", "corrected");
  const params = { useCategories: false, quirks: [] };
  expect(stdout).toEqual(summaryLines(evaluateKeypoints(CASE.truth, CASE.results, params)));
});

test("--explain says after the lines what was left out", async () => {
  await score(...files(), "--explain");
  expect(stdout[10]).toMatch(/^evaluated: 4 images, \d persons, 31 results$/);
  expect(stdout.slice(11)).toContainEqual(expect.stringMatching(/^ignored/));
});

test("--min-ap sets exit code 1 below it, and only below", async () => {
  const ap = evaluateKeypoints(CASE.truth, CASE.results).stats[0] as number;
  await score(...files(), "--min-ap", String(ap));
  expect(process.exitCode).toBeUndefined();
  await score(...files(), "--min-ap", "0.9");
  expect(process.exitCode).toBe(1);
  expect(stderr).toEqual([`AP: expected at least 0.9, got ${ap}`]);
});

test("--html writes a report of the same numbers, and Markdown beside it", async () => {
  await score(...files(), "--html", inFolder("report.html"));
  const markdown = readFileSync(inFolder("report.md"), "utf8");
  for (const line of summaryLines(evaluateKeypoints(CASE.truth, CASE.results)))
    expect(markdown).toContain(line.trim());
  expect(readFileSync(inFolder("report.html"), "utf8")).toContain("<svg");
  expect(stdout.at(-1)).toBe(`report: ${inFolder("report.html")}, ${inFolder("report.md")}`);
});

test("crowd indices bring CrowdPose's protocol, unless another is asked for", async () => {
  let seed = 0;
  while (!randomCrowdCase(seed)) seed += 1;
  const crowd = randomCrowdCase(seed) as NonNullable<ReturnType<typeof randomCrowdCase>>;
  const { gt, dt } = toCoco(crowd);
  const images = gt.images.map(({ id }) => ({ id, crowdIndex: crowd.crowdIndices.get(id) }));
  const keypoints = Array.from({ length: 14 }, (_, k) => `keypoint ${k}`);
  const categories = gt.categories.map((category) => ({ ...category, keypoints }));
  const paths = ["--gt", write("gt.json", { ...gt, images, categories }), "--results", write("dt.json", dt)];
  await score(...paths);
  expect(stdout).toHaveLength(9);
  expect(stdout[8]).toContain("type=  hard");
  await expect(score(...paths, "--protocol", "coco")).rejects.toThrow("expected 51 keypoint numbers");
});

test("limits without 20, and ids that no image has, are pointed out", async () => {
  await score(
    ...files(),
    "--max-dets",
    "5",
    "--image-ids",
    write("ids.json", [...CASE.truth.imageIds, 12345]),
  );
  expect(stderr).toEqual([
    "-1: the lines are of 20 detections, which --max-dets leaves out",
    `${inFolder("ids.json")}: 1 ids are not in ${inFolder("gt.json")}, the first is 12345`,
  ]);
});

test("a wrong record is named with its file", async () => {
  const results = CASE.results.map((result, i) => (i === 3 ? { ...result, imageId: 555 } : result));
  await expect(score(...files({ ...CASE, results }))).rejects.toThrow(
    `${inFolder("dt.json")} results[3] (image 555): expected an image of the ground truth`,
  );
  const annotations = CASE.truth.annotations.map((person) => ({ ...person, keypoints: [1, 2, 2] }));
  const [first] = annotations;
  await expect(score(...files({ ...CASE, truth: { ...CASE.truth, annotations } }))).rejects.toThrow(
    `${inFolder("gt.json")} annotation ${first?.id}: expected 51 keypoint numbers`,
  );
});

test.each([
  [["--max-dets", "0"], "whole number"],
  [["--category-ids", "1,x"], "whole number"],
  [["--min-ap", "2"], "from 0 to 1"],
  [["--mode", "loose"], "strict, corrected"],
])("%j is refused", async (flags, message) => {
  await expect(score(...files(), ...flags)).rejects.toThrow(message);
});

test("nothing that scoring loads loads TensorFlow, sharp or plots", () => {
  const loaded = importsOf([resolve("src/cli/main.ts"), resolve("src/cli/score.ts")]);
  expect(loaded.files.size).toBeGreaterThan(20);
  expect(loaded.packages).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/^@tensorflow|^sharp|^@observablehq/)]),
  );
  expect(loaded.packages).toEqual(expect.arrayContaining(["commander", "zod"]));
});

/** Everything that the files import statically, and what those import. */
function importsOf(queue: string[]): { files: Set<string>; packages: string[] } {
  const files = new Set<string>();
  const packages = new Set<string>();
  for (const file of queue) {
    if (files.has(file)) continue;
    files.add(file);
    const source = readFileSync(file, "utf8");
    for (const [, name = ""] of source.matchAll(/^(?:import|export) (?!type)[^;]*?from "([^"]+)"/gm)) {
      if (name.startsWith(".")) queue.push(join(dirname(file), name));
      else packages.add(name);
    }
  }
  return { files, packages: [...packages] };
}
