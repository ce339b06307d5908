import { join } from "node:path";
import { Command, Option } from "commander";
import type { SplitEvaluation } from "../infer/evaluate-split.ts";
import type { NmsKind } from "../infer/oks-nms.ts";
import { type EngineOption, engineOption, integer, numberBetween } from "./options.ts";

interface EvalFlags {
  data: string;
  split: string;
  boxes: string;
  minBoxScore: number;
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
  engine: EngineOption;
}

/** `dypose eval`: COCO's ten lines for a trained network on a split of a data set. */
export function evalCommand(): Command {
  return new Command("eval")
    .description("find every person of a split and score the network as COCO does")
    .argument("<run>", "a run's folder (its best weights), or a weights file")
    .requiredOption("--data <dir>", "data set in COCO's layout")
    .option("--split <name>", "which part of it", "val2017")
    .option("--boxes <gt|file>", "gt: the labelled persons' boxes; else a COCO detections file", "gt")
    .option("--min-box-score <score>", "leave out detections below it", numberBetween(0, 1), 0)
    .option("--flip-test", "average with the mirrored image (the default)", true)
    .option("--no-flip-test", "the plain image alone: half the time, about one AP less")
    .option("--batch <n>", "persons that go through the network at a time", integer(1), 16)
    .addOption(
      new Option("--nms <kind>", "suppression of duplicates (hard for detections, none for gt)").choices([
        "hard",
        "soft",
        "none",
      ]),
    )
    .option("--nms-threshold <oks>", "similarity above which two are duplicates", numberBetween(0.01, 1), 0.9)
    .option("--result-boxes", "write boxes into the results: the areas that COCO's sizes go by")
    .option("--skip-bad-images", "count images that cannot be read and go on")
    .option("--out <dir>", "folder for the results file (<run>/eval-<split>, beside a weights file)")
    .option("--json <file>", "write the numbers and the protocol as JSON")
    .option("--arrays", "with --json: precision and scores [T][R][K][A][M], recall [T][K][A][M] as well")
    .option("--html <file>", "write a report that explains the numbers, and Markdown beside it")
    .addOption(engineOption())
    .action(evaluate);
}

async function evaluate(run: string, flags: EvalFlags, command: Command): Promise<void> {
  const { findSplit } = await import("../../datasets/coco/split-files.ts");
  await findSplit(flags.data, flags.split);

  const { loadEngine } = await import("../engine/load-engine.ts");
  const { evaluateSplit } = await import("../infer/evaluate-split.ts");
  const { loadNetwork } = await import("../infer/load-network.ts");
  const { countProgress } = await import("./count-progress.ts");

  const engine = await loadEngine(flags.engine, { verbose: command.optsWithGlobals()["verbose"] ?? false });
  const network = await loadNetwork(run);
  const progress = countProgress("persons");
  const scored = await evaluateSplit(network, {
    dataDir: flags.data,
    split: flags.split,
    boxesFile: flags.boxes === "gt" ? undefined : flags.boxes,
    minBoxScore: flags.minBoxScore,
    flipTest: flags.flipTest,
    batchSize: flags.batch,
    ...(flags.nms && { nms: { kind: flags.nms, threshold: flags.nmsThreshold } }),
    withBox: flags.resultBoxes ?? false,
    skipBadImages: flags.skipBadImages ?? false,
    engine,
    onProgress: progress.update,
  }).finally(() => progress.end());
  network.dispose();
  await write(scored, flags.out ?? join(network.folder, `eval-${flags.split}`), flags);
}

/** Writes the results and what was asked for beside them, then prints: what is printed last stays in sight. */
async function write(scored: SplitEvaluation, folder: string, flags: EvalFlags): Promise<void> {
  const { mkdir } = await import("node:fs/promises");
  const { writeResults } = await import("../../datasets/coco/results.ts");
  const { printEvaluation } = await import("./print-evaluation.ts");
  await mkdir(folder, { recursive: true });
  const results = join(folder, `person_keypoints_${scored.split}_results.json`);
  await writeResults(results, scored.results);
  if (flags.json) await writeJson(scored, flags.json, flags.arrays ?? false);
  const report = flags.html && (await writeHtml(scored, flags.html));
  await printEvaluation(scored);
  console.log(`results: ${results}`);
  if (report) console.log(`report: ${report}`);
}

async function writeJson(scored: SplitEvaluation, file: string, arrays: boolean): Promise<void> {
  const { COCO_PROTOCOL } = await import("../../eval/protocol.ts");
  const { quirkEffects } = await import("../../eval/explain.ts");
  const { scoreJson } = await import("./score-json.ts");
  const { writeAtomic } = await import("../../datasets/files/write-atomic.ts");
  const { truth, results, evaluation, protocol, files } = scored;
  const json = scoreJson({
    ...scored,
    gt: files.annotations,
    mode: "strict",
    arrays,
    protocol: COCO_PROTOCOL,
    summary: COCO_PROTOCOL.print(evaluation),
    effects: quirkEffects(truth, results, evaluation.params),
    made: { ...protocol },
  });
  await writeAtomic(file, [json]);
}

async function writeHtml(scored: SplitEvaluation, file: string): Promise<string> {
  const { protocolFacts } = await import("../infer/protocol.ts");
  const { writeReport } = await import("../report/score/write-report.ts");
  const { COCO_PROTOCOL } = await import("../../eval/protocol.ts");
  const { truth, results, evaluation, protocol, files, fileNames, skeleton } = scored;
  const benchmark = { ...COCO_PROTOCOL, skeleton };
  const pictures = { folder: files.images, fileNames };
  const title = `${protocol.checkpoint.split(" ")[0]} on ${scored.split}`;
  const facts = protocolFacts(protocol);
  const report = { truth, results, evaluation, protocol: facts, benchmark, pictures, title };
  return (await writeReport(report, file)).html;
}
