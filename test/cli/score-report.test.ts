import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { writeResults } from "../../datasets/coco/results.ts";
import { evaluateKeypoints } from "../../eval/evaluate-keypoints.ts";
import { summaryLines } from "../../eval/summary.ts";
import { scoreCommand } from "../../src/cli/commands/scoring.ts";
import { perturbedResults, TYPICAL_FAULTS } from "../eval/analysis/perturbed-results.ts";
import { syntheticTruth } from "../eval/analysis/synthetic-truth.ts";
import { writeTruth } from "../eval/analysis/write-truth.ts";

const TRUTH = syntheticTruth(20);
const RESULTS = perturbedResults(TRUTH, TYPICAL_FAULTS);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dypose-score-report-"));
  await writeTruth(join(folder, "gt.json"), TRUTH);
  await writeResults(join(folder, "mine.json"), RESULTS);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("score --html writes a report of the lines it prints, named after its files", async () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  const [gt, results, html] = ["gt.json", "mine.json", "report.html"].map((name) => join(folder, name));
  try {
    const flags = ["--gt", gt, "--results", results, "--html", html] as string[];
    await scoreCommand().exitOverride().parseAsync(flags, { from: "user" });
    const printed = log.mock.calls.map(([line]) => String(line));
    const lines = summaryLines(evaluateKeypoints(TRUTH, RESULTS));
    expect(printed).toEqual([...lines, `report: ${html}, ${join(folder, "report.md")}`]);
    const page = await readFile(html as string, "utf8");
    expect(page).toContain("<h1>mine.json on gt.json</h1>");
    expect(page).toContain(lines.join("\n"));
    expect(page).toContain("<dt>mode</dt><dd>strict</dd>");
    expect(page).toContain("evaluated: 20 images");
  } finally {
    log.mockRestore();
  }
});
