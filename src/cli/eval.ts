import { join } from "node:path";
import { Command, Option } from "commander";
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
    .addOption(engineOption())
    .action(evaluate);
}

async function evaluate(run: string, flags: EvalFlags, command: Command): Promise<void> {
  const { findSplit } = await import("../../datasets/coco/split-files.ts");
  await findSplit(flags.data, flags.split);

  const { loadEngine } = await import("../engine/load-engine.ts");
  const { evaluateSplit } = await import("../infer/evaluate-split.ts");
  const { loadNetwork } = await import("../infer/load-network.ts");
  const { writeEvaluation } = await import("../infer/write-evaluation.ts");
  const { printEvaluation } = await import("./print-evaluation.ts");
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
  network.model.dispose();

  const folder = flags.out ?? join(network.folder, `eval-${flags.split}`);
  const written = await writeEvaluation(scored, folder, flags.json);
  printEvaluation(scored);
  console.log(`results: ${written}`);
}
