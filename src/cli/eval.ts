import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeResults } from "../../datasets/coco/results.ts";
import { findSplit } from "../../datasets/coco/split-files.ts";
import { writeAtomic } from "../../datasets/files/write-atomic.ts";
import { quirkEffects } from "../../eval/explain.ts";
import { COCO_PROTOCOL } from "../../eval/protocol.ts";
import { summaryLines } from "../../eval/summary.ts";
import { loadNanodet } from "../detect/load-nanodet.ts";
import type { EngineChoice } from "../engine/engine.ts";
import { loadEngine } from "../engine/load-engine.ts";
import { evaluateSplit, type SplitEvaluation } from "../infer/evaluate-split.ts";
import { settingFacts } from "../infer/inference-settings.ts";
import { loadNetwork } from "../infer/load-network.ts";
import type { NmsKind } from "../infer/oks-nms.ts";
import { countProgress } from "./progress.ts";
import { scoreJson } from "./score-json.ts";
import { alignColumns } from "./text-table.ts";

interface EvalFlags {
  data: string;
  split: string;
  boxes: string;
  minBoxScore?: number;
  flipTest: boolean;
  batch: number;
  nms?: NmsKind;
  nmsThreshold: number;
  resultBoxes?: boolean;
  skipBadImages?: boolean;
  out?: string;
  json?: string;
  arrays?: boolean;
  html?: string;
  engine: EngineChoice;
  verbose?: boolean;
}

export async function evaluate(weights: string | undefined, flags: EvalFlags): Promise<void> {
  // A wrong path is reported before an engine starts.
  await findSplit(flags.data, flags.split);
  const engine = await loadEngine(flags.engine, flags);
  const network = await loadNetwork(weights);
  const detector = flags.boxes === "detect" ? await loadNanodet() : undefined;
  const looking = countProgress("images");
  let progress: ReturnType<typeof countProgress> | undefined;
  const scored = await evaluateSplit(network, {
    dataDir: flags.data,
    split: flags.split,
    boxesFile: flags.boxes === "gt" || detector ? undefined : flags.boxes,
    detector,
    onDetected: looking.update,
    minBoxScore: flags.minBoxScore,
    flipTest: flags.flipTest,
    batchSize: flags.batch,
    ...(flags.nms && { nms: { kind: flags.nms, threshold: flags.nmsThreshold } }),
    withBox: flags.resultBoxes ?? false,
    skipBadImages: flags.skipBadImages ?? false,
    engine,
    onProgress: (done, total) => {
      progress ??= countProgress("persons");
      progress.update(done, total);
    },
  }).finally(() => {
    looking.close();
    progress?.close();
  });
  detector?.dispose();
  network.dispose();
  await write(scored, flags.out ?? join(network.folder ?? ".", `eval-${flags.split}`), flags);
}

/** Writes the results and the files asked for, then prints the numbers: what is printed last stays in sight. */
async function write(scored: SplitEvaluation, folder: string, flags: EvalFlags): Promise<void> {
  await mkdir(folder, { recursive: true });
  const results = join(folder, `person_keypoints_${scored.split}_results.json`);
  await writeResults(results, scored.results);
  if (flags.json) await writeJson(scored, flags.json, flags.arrays ?? false);
  const report = flags.html && (await writeHtml(scored, flags.html));
  printEvaluation(scored);
  console.log(`results: ${results}`);
  if (report) console.log(`report: ${report}`);
}

async function writeJson(scored: SplitEvaluation, file: string, arrays: boolean): Promise<void> {
  const { truth, results, evaluation, settings, files } = scored;
  const json = scoreJson({
    ...scored,
    gt: files.annotations,
    mode: "strict",
    arrays,
    protocol: COCO_PROTOCOL,
    summary: COCO_PROTOCOL.print(evaluation),
    effects: quirkEffects(truth, results, evaluation.params),
    made: { ...settings },
  });
  await writeAtomic(file, [json]);
}

async function writeHtml(scored: SplitEvaluation, file: string): Promise<string> {
  const { writeReport } = await import("../report/score/write-report.ts");
  const { settings, split, skeleton } = scored;
  const title = `${settings.checkpoint.split(" ")[0]} on ${split}`;
  const protocol = { ...COCO_PROTOCOL, skeleton };
  const report = { ...scored, title, facts: settingFacts(settings), protocol };
  return (await writeReport(report, file)).html;
}

/** Prints COCO's ten lines below the settings they were measured with; images passed over go to stderr. */
function printEvaluation({ settings, evaluation, badImages }: SplitEvaluation): void {
  for (const [path, reason] of badImages) {
    console.error(`skipped ${reason.startsWith(path) ? reason : `${path}: ${reason}`}`);
  }
  for (const line of alignColumns(settingFacts(settings))) console.log(line);
  for (const line of summaryLines(evaluation)) console.log(line);
}
