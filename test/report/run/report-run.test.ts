import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseHTML } from "linkedom";
import sharp from "sharp";
import { afterEach, beforeEach, expect, test } from "vitest";
import { evaluateKeypoints } from "../../../eval/evaluate-keypoints.ts";
import { formatConfig } from "../../../src/config/load-config.ts";
import { type RunReportInput, writeRunReport } from "../../../src/report/run/report-run.ts";
import { runPage } from "../../../src/report/run/run-page.ts";
import { explainScores } from "../../../src/report/score/score-report.ts";
import type { RunRecord } from "../../../src/run/run-records.ts";
import { summarizeRecords } from "../../../src/run/summarize-run.ts";
import { perturbedResults, TYPICAL_FAULTS } from "../../eval/analysis/perturbed-results.ts";
import { syntheticTruth } from "../../eval/analysis/synthetic-truth.ts";
import { tinyConfig } from "../../train/tiny-run.ts";
import { findBrowser } from "../find-browser.ts";
import { runRecords } from "./run-records.ts";

const BROWSER = findBrowser();
const HOSTILE = '<script>alert("x")</script>';
const CONFIG = tinyConfig("train.epochs=4", "model.name=dy-tiny_tiny");

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dypose-run-report-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Writes a run's files and its report. */
async function report(records: readonly RunRecord[], input: RunReportInput = {}, config = CONFIG) {
  await writeFile(join(folder, "config.yaml"), formatConfig(config));
  const lines = records.map((record) => `${JSON.stringify(record)}\n`);
  await writeFile(join(folder, "metrics.jsonl"), lines.join(""));
  const file = await writeRunReport(folder, input);
  expect(file).toBe(join(folder, "report.html"));
  const page = await readFile(file, "utf8");
  return { file, page, document: parseHTML(page).document };
}

type Report = Awaited<ReturnType<typeof report>>;

const tilesOf = ({ document }: Report) =>
  [...document.querySelectorAll("header .tile")].map(
    (tile) => `${tile.querySelector("b")?.textContent} ${tile.querySelector("span")?.textContent}`,
  );
const sectionsOf = ({ document }: Report) => [...document.querySelectorAll("section")].map(({ id }) => id);

/** Of an evaluation with pictures, as a run of a keypoint network has it. */
function evaluation() {
  const truth = syntheticTruth(12);
  const results = perturbedResults(truth, TYPICAL_FAULTS);
  const pictures = { folder, fileNames: new Map<number, string>() };
  return {
    truth,
    results,
    evaluation: evaluateKeypoints(truth, results),
    facts: [],
    title: "val",
    pictures,
  };
}

test("the numbers of a run are seen at once, and every quantity has its curve", async () => {
  const written = await report(runRecords(CONFIG, 5));
  // 4 epochs of 5 steps; a step of 4 persons at 8 a second takes 0.5 s, all 20 take 10 s; 4 validations of 2 s.
  // The mean of the losses r, r^2 … r^20 with r = 2^-0.2 is (r - r^21) / (1 - r) / 20 = 0.315.
  expect(tilesOf(written)).toEqual([
    "0.400 AP, best: epoch 4",
    "0.400 AP, in the end",
    "0.315 loss of the last steps",
    "4 epochs",
    "20 steps, none skipped",
    "10.0 s training",
    "8.0 s validation",
    "0.50 s a step, median",
    "8.0 images/s, median",
    "25.0% waiting for data",
  ]);
  const charts = [...written.document.querySelectorAll(".chart b")].map(({ textContent }) => textContent);
  expect(charts).toEqual([
    "Loss",
    "Validation",
    "Learning rate",
    "Temperature τ",
    "Gradient norm",
    "Speed",
    "Waiting for data",
  ]);
  const told = [...written.document.querySelectorAll(".findings li")].map(({ textContent }) => textContent);
  expect(told).toEqual([
    "Best at the end: AP 0.400 at epoch 4, +0.100 since epoch 3. More epochs may bring more.",
    "25% of the training time went into waiting for data: more data.workers (2) or data.cacheMegabytes (512) may help.",
    "Attention entropy is 0.800 of 1 on average in the end; the most selective layer is stage1 block1 (0.800).",
  ]);
  expect(written.document.querySelector("#config pre")?.textContent).toBe(formatConfig(CONFIG).trimEnd());
});

test("attention has a row a layer, a column a measurement, and the kernels' use in the end", async () => {
  const { document } = await report(runRecords(CONFIG, 2, ["stage1_a_conv", "stage2_b_conv"]));
  const drawing = document.querySelector("#attention svg");
  const texts = [...(drawing?.querySelectorAll("text") ?? [])].map(({ textContent }) => textContent);
  expect(texts).toEqual(
    expect.arrayContaining(["stage1_a", "stage2_b", "0.800", "0.70", "0.20", "0.10", "0.00"]),
  );
  // Entropies of 1 - epoch / 20 on a scale from 1 down to 0.8: a quarter, a half, three quarters, all.
  const history = [...(drawing?.querySelectorAll('g[fill="var(--second)"]') ?? [])].map((row) =>
    [...row.querySelectorAll("rect")].map((cell) => Number(cell.getAttribute("fill-opacity"))),
  );
  expect(history).toEqual([
    [0.25, 0.5, 0.75, 1],
    [0.25, 0.5, 0.75, 1],
  ]);
});

test("samples and the evaluator's report are on the same page", async () => {
  const bytes = await sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } })
    .jpeg()
    .toBuffer();
  const written = await report(runRecords(CONFIG, 5), {
    samples: [{ width: 8, height: 8, bytes }],
    evaluation: evaluation(),
    machine: [["processor", "abacus"]],
  });
  expect(sectionsOf(written)).toEqual([
    "training",
    "attention",
    "samples",
    "findings",
    "costs",
    "curves",
    "keypoints",
    "persons",
    "detections",
    "images",
    "terms",
    "config",
    "machine",
  ]);
  expect(written.document.querySelectorAll("#findings .tile")).toHaveLength(10);
  expect(written.document.querySelectorAll("#samples img")).toHaveLength(1);
  expect(written.document.querySelector("#machine")?.textContent).toContain("abacus");
  expect(/https?:|url\(|@import|<script/.test(written.page)).toBe(false);
});

test("a static network without validation has a page without those parts", async () => {
  const config = tinyConfig("train.epochs=4");
  const records = runRecords(config, 5, []).filter(({ kind }) => kind === "step");
  const written = await report(records, {}, config);
  expect(sectionsOf(written)).toEqual(["training", "config", "machine"]);
  expect(tilesOf(written)[0]).toBe("0.315 loss of the last steps");
  expect(written.document.querySelectorAll(".chart")).toHaveLength(5);
});

test("skipped steps, a score that fell, and clipped gradients are said", async () => {
  const config = tinyConfig("train.epochs=4", "train.clipNorm=0.1");
  const records = runRecords(config, 5, []).map((record): RunRecord => {
    if (record.kind === "step" && record.step === 7) return { ...record, loss: Number.NaN, skipped: true };
    if (record.kind !== "validation" || record.epoch < 4) return record;
    return { ...record, scores: { AP: 0.2 }, isBest: false };
  });
  const written = await report(records, {}, config);
  const told = [...written.document.querySelectorAll(".findings li")].map(({ textContent }) => textContent);
  expect(told[0]).toBe("Best: AP 0.300 at epoch 3; 0.200 at the end (−0.100).");
  expect(told[1]).toBe("1 of 20 steps were skipped: their loss or gradient was not finite.");
  // Norms are 1 / step: the first 9 are above 0.1.
  expect(told[3]).toBe("train.clipNorm (0.1) shortened 45.0% of the gradients.");
  expect(tilesOf(written)).toContain("20 steps, 1 skipped");
});

test("a classifier's run is told by its own score", async () => {
  const records = runRecords(CONFIG, 5, []).map((record) =>
    record.kind === "validation" ? { ...record, scores: { accuracy: 0.75 } as never } : record,
  );
  expect(tilesOf(await report(records))[0]).toBe("0.750 accuracy, best: epoch 4");
});

test("what comes from outside stands as text", async () => {
  // A config that is read refuses such a name: this is the page behind it.
  const config = { ...CONFIG, model: { ...CONFIG.model, name: `dy-${HOSTILE}` } };
  const records = runRecords(config, 2, [`stage1_${HOSTILE}`]);
  const fact = [HOSTILE, HOSTILE] as const;
  const { pictures, ...scored } = evaluation();
  const page = await runPage({
    name: HOSTILE,
    config,
    numbers: summarizeRecords(records, config),
    steps: records.filter((record) => record.kind === "step"),
    validations: records.filter((record) => record.kind === "validation"),
    attention: records.filter((record) => record.kind === "attention"),
    facts: [fact],
    machine: [fact],
    samples: [],
    evaluation: { report: explainScores({ ...scored, title: HOSTILE, facts: [fact] }), pictures },
  });
  expect(page.includes("<script")).toBe(false);
  expect(page).toContain("<h1>&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;</h1>");
  expect(page.split("alert(").length).toBeGreaterThan(8);
});

test("the page of a run ten times as long is as small", async () => {
  const config = tinyConfig("train.epochs=200", "model.name=dy-tiny_tiny");
  const layers = Array.from({ length: 50 }, (_, i) => `stage${i >> 3}_block${i}_conv`);
  const sizeAfter = async (stepsPerEpoch: number) => {
    const { file } = await report(runRecords(config, stepsPerEpoch, layers), {}, config);
    return (await stat(file)).size;
  };
  const [short, long] = [await sizeAfter(20), await sizeAfter(200)];
  expect(long).toBeLessThan(1.5e6);
  expect(long / short).toBeLessThan(1.1);
});

test("where the report cannot be written, the error says so and nothing is left", async () => {
  await expect(writeRunReport(folder)).rejects.toThrow(/config\.yaml: expected a config file, got ENOENT/);
  expect(await readdir(folder)).toEqual([]);
});

test.skipIf(!BROWSER)(`a browser shows it${BROWSER ? "" : " (skipped: no Chromium here)"}`, async () => {
  const { file } = await report(runRecords(CONFIG, 5), { evaluation: evaluation() });
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"];
  const options: ExecFileSyncOptionsWithStringEncoding = {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    maxBuffer: 2 ** 28,
  };
  const shot = join(folder, "shot.png");
  const window = ["--hide-scrollbars", "--window-size=1200,1500", `--screenshot=${shot}`];
  execFileSync(BROWSER as string, [...flags, ...window, pathToFileURL(file).href], options);
  // The tile of the best AP and the curves are painted in the accent colour (#1f5fbf).
  const { data } = await sharp(shot).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  let accented = 0;
  for (let pixel = 0; pixel < data.length; pixel += 3) {
    if (data[pixel] === 0x1f && data[pixel + 1] === 0x5f && data[pixel + 2] === 0xbf) accented++;
  }
  expect(accented).toBeGreaterThan(8000);
});
