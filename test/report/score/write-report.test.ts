import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseHTML } from "linkedom";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { evaluateKeypoints } from "../../../eval/evaluate-keypoints.ts";
import { crowdPoseProtocol } from "../../../eval/protocol.ts";
import { STAT_NAMES, summaryLines } from "../../../eval/summary.ts";
import type { ScoreReportInput } from "../../../src/report/score/score-report.ts";
import { writeReport } from "../../../src/report/score/write-report.ts";
import { NO_FAULTS, perturbedResults, TYPICAL_FAULTS } from "../../eval/analysis/perturbed-results.ts";
import { syntheticTruth } from "../../eval/analysis/synthetic-truth.ts";
import { findBrowser } from "../find-browser.ts";

const BROWSER = findBrowser();
const TRUTH = syntheticTruth(40);
const RESULTS = perturbedResults(TRUTH, TYPICAL_FAULTS);
const EVALUATION = evaluateKeypoints(TRUTH, RESULTS);
const HOSTILE = '<script>alert("x")</script>';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dypose-report-"));
  await mkdir(join(folder, "images"));
  const picture = sharp({ create: { width: 640, height: 480, channels: 3, background: "#6080a0" } });
  for (const imageId of TRUTH.imageIds) {
    await picture
      .clone()
      .jpeg()
      .toFile(join(folder, "images", `${imageId}.jpg`));
  }
  await writeFile(join(folder, "images", "broken.jpg"), "not a picture");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function report(
  more: Partial<ScoreReportInput> = {},
): Promise<{ page: string; markdown: string; file: string }> {
  const written = await writeReport(
    {
      truth: TRUTH,
      results: RESULTS,
      evaluation: EVALUATION,
      title: `Run ${HOSTILE}`,
      facts: [["boxes", `"of" ${HOSTILE} & 'more'`]],
      pictures: {
        folder: join(folder, "images"),
        fileNames: new Map(TRUTH.imageIds.map((id) => [id, `${id}.jpg`])),
      },
      ...more,
    },
    join(folder, "deep", "report.html"),
  );
  expect(written.markdown).toBe(join(folder, "deep", "report.md"));
  const [page, markdown] = await Promise.all([
    readFile(written.html, "utf8"),
    readFile(written.markdown, "utf8"),
  ]);
  return { page, markdown, file: written.html };
}

test("the page shows the ten numbers, every keypoint, its plots and the costliest images", async () => {
  const { page } = await report();
  const { document } = parseHTML(page);
  const tiles = [...document.querySelectorAll(".tile")].map((tile) => tile.textContent);
  expect(tiles).toEqual(STAT_NAMES.map((name, line) => `${EVALUATION.stats[line]?.toFixed(3)}${name}`));
  expect(document.querySelector("pre")?.textContent).toBe(summaryLines(EVALUATION).join("\n"));
  expect(document.querySelectorAll("svg.plot").length).toBe(8);
  expect(document.querySelector("#keypoints tbody")?.querySelectorAll("tr").length).toBe(17);
  expect(document.querySelectorAll(".gallery .card image").length).toBe(12);
  expect(document.querySelectorAll(".findings li").length).toBeGreaterThan(3);
});

test("nothing in the page runs, and nothing is fetched", async () => {
  const { page } = await report();
  const { document } = parseHTML(page);
  expect(document.querySelectorAll("script, link, iframe, object, embed").length).toBe(0);
  for (const element of document.querySelectorAll("*")) {
    for (const name of ["src", "href", "xlink:href", "srcset", "data", "action"]) {
      const address = element.getAttribute(name);
      if (address !== null) expect(address).toMatch(/^(#|data:image\/jpeg;base64,)/);
    }
  }
  expect(/url\(|@import|https?:/.test(page)).toBe(false);
  expect(page).toContain(`content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"`);
});

test("what the caller hands in stands as text, in both files", async () => {
  const { page, markdown } = await report();
  expect(page).toContain("<h1>Run &lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;</h1>");
  expect(page.includes("<script")).toBe(false);
  expect(markdown).toContain('# Run \\<script\\>alert("x")\\</script\\>');
});

test("Markdown has the same numbers", async () => {
  const { markdown } = await report();
  expect(markdown).toContain(summaryLines(EVALUATION).join("\n"));
  expect(markdown.match(/^\| (left|right|nose).*\|$/gm)).toHaveLength(17);
  expect(markdown).toContain("## What costs AP");
  expect(markdown).toContain("| missed person |");
});

test("the same evaluation gives the same file, byte for byte", async () => {
  // Compared as a whole: a difference of megabytes helps nobody.
  const [first, second] = [await report(), await report()];
  expect(first.page === second.page).toBe(true);
});

test("a picture that cannot be read is named, and its drawing stays", async () => {
  const pictures = {
    folder: join(folder, "images"),
    fileNames: new Map(TRUTH.imageIds.map((id) => [id, "broken.jpg"])),
  };
  const { page } = await report({ pictures });
  expect(page).toContain("broken.jpg: expected a readable image");
  const { document } = parseHTML(page);
  expect(document.querySelectorAll(".gallery .card svg").length).toBe(12);
  expect(document.querySelectorAll(".gallery .card image").length).toBe(0);
});

test("CrowdPose's nine numbers and fourteen keypoints have their report", async () => {
  const truth = {
    ...TRUTH,
    annotations: TRUTH.annotations.map((person) => {
      const keypoints = Array.from(person.keypoints).slice(0, 3 * 14);
      return { ...person, keypoints, numKeypoints: keypoints.filter((v, i) => i % 3 === 2 && v > 0).length };
    }),
  };
  const protocol = crowdPoseProtocol(new Map(TRUTH.imageIds.map((id) => [id, (id % 10) / 10])));
  const results = perturbedResults(truth, TYPICAL_FAULTS, protocol.skeleton);
  const evaluation = protocol.evaluate(truth, results, {});
  const { page } = await report({ truth, results, evaluation, protocol });
  const { document } = parseHTML(page);
  expect([...document.querySelectorAll(".tile span")].map((tile) => tile.textContent)).toEqual(
    protocol.statNames,
  );
  expect(document.querySelector(".tile.lead b")?.textContent).toBe(evaluation.stats[0]?.toFixed(3));
  expect(document.querySelector("pre")?.textContent).toBe(protocol.print(evaluation).join("\n"));
  expect(document.querySelector("#keypoints tbody")?.querySelectorAll("tr").length).toBe(14);
  // Areas are of boxes here: the analysis knows, and has the same AP.
  expect(document.querySelector("#findings .findings")?.textContent).toContain(
    `AP is ${evaluation.stats[0]?.toFixed(3)}.`,
  );
  expect(document.querySelector("#costs tbody tr")?.textContent).toContain("miss");
});

test("of perfect results no image is costly", async () => {
  const results = perturbedResults(TRUTH, NO_FAULTS);
  const { page } = await report({ results, evaluation: evaluateKeypoints(TRUTH, results) });
  expect(page).toContain("No image costs AP.");
});

test("without persons, without results and without pictures there is a report", async () => {
  const nobody = { ...TRUTH, annotations: [] };
  const bare = { truth: nobody, results: [], evaluation: evaluateKeypoints(nobody, []), facts: [] };
  const written = await writeReport(bare, join(folder, "empty.html"));
  expect(await readFile(written.html, "utf8")).toContain("= -1.000");
  const unseen = { truth: TRUTH, results: [], evaluation: evaluateKeypoints(TRUTH, []), facts: [] };
  await writeReport(unseen, join(folder, "unseen.html"));
  expect(await readFile(join(folder, "unseen.html"), "utf8")).toContain("There is not one detection.");
});

test.skipIf(!BROWSER)(`a browser shows it${BROWSER ? "" : " (skipped: no Chromium here)"}`, async () => {
  const { file } = await report();
  const flags = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--hide-scrollbars",
  ];
  const shot = join(folder, "shot.png");
  const address = pathToFileURL(file).href;
  const options: ExecFileSyncOptionsWithStringEncoding = {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    maxBuffer: 2 ** 28,
  };
  const dom = execFileSync(BROWSER as string, [...flags, "--dump-dom", address], options);
  const { document } = parseHTML(dom);
  expect(document.querySelector(".tile.lead")?.textContent).toBe(`${EVALUATION.stats[0]?.toFixed(3)}AP`);
  expect(document.querySelector("pre")?.textContent).toContain("Average Precision  (AP) @[ IoU=0.50:0.95");
  execFileSync(
    BROWSER as string,
    [...flags, "--window-size=1200,900", `--screenshot=${shot}`, address],
    options,
  );
  // The tile of AP is painted in the accent colour (#1f5fbf): the page has its style.
  const { data } = await sharp(shot).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  let accented = 0;
  for (let pixel = 0; pixel < data.length; pixel += 3) {
    if (data[pixel] === 0x1f && data[pixel + 1] === 0x5f && data[pixel + 2] === 0xbf) accented++;
  }
  expect(accented).toBeGreaterThan(5000);
});
