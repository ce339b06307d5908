import { Command, Option } from "commander";
import { NMS_KINDS, NMS_THRESHOLD } from "../../infer/oks-nms.ts";
import { DEFAULT_WEIGHTS } from "../../weights/zoo.ts";
import { engineOption, integer, numberBetween } from "../options.ts";

/** `dypose eval`: COCO's ten lines for a trained network on a split of a data set. */
export function evalCommand(): Command {
  return new Command("eval")
    .description("find every person of a split and score the network as COCO does")
    .argument(
      "[run]",
      "a run's folder (its best weights), a weights file or a name of `dypose weights`",
      DEFAULT_WEIGHTS,
    )
    .requiredOption("--data <dir>", "data set in COCO's layout")
    .option("--split <name>", "which part of it", "val2017")
    .option(
      "--boxes <gt|detect|file>",
      "gt: the labelled persons' boxes; detect: those that the person detector finds; else a COCO detections file",
      "gt",
    )
    .option(
      "--min-box-score <score>",
      "leave out detections below it (0 of a file, 0.2 with detect)",
      numberBetween(0, 1),
    )
    .option("--flip-test", "average with the mirrored image (the default)", true)
    .option("--no-flip-test", "the plain image alone: half the time, about one AP less")
    .option("--batch <n>", "persons that go through the network at a time", integer(1), 16)
    .addOption(
      new Option("--nms <kind>", "suppression of duplicates (hard for detections, none for gt)").choices(
        NMS_KINDS,
      ),
    )
    .option(
      "--nms-threshold <oks>",
      "similarity above which two are duplicates",
      numberBetween(0.01, 1),
      NMS_THRESHOLD,
    )
    .option("--result-boxes", "write boxes into the results: the areas that COCO's sizes go by")
    .option("--skip-bad-images", "count images that cannot be read and go on")
    .option(
      "--out <dir>",
      "folder for the results file (eval-<split> in the run's folder, beside the weights file, or here)",
    )
    .option("--json <file>", "write the numbers and the protocol as JSON")
    .option("--arrays", "with --json: precision and scores [T][R][K][A][M], recall [T][K][A][M] as well")
    .option("--html <file>", "write a report that explains the numbers, and Markdown beside it")
    .addOption(engineOption())
    .action(async (run, _flags, command) =>
      (await import("../eval.ts")).evaluate(run, command.optsWithGlobals()),
    );
}

/** `dypose score`: COCO's ten numbers for the results of any tool. */
export function scoreCommand(): Command {
  const command = new Command("score")
    .description("score a COCO keypoint results file, with pycocotools' numbers to the last bit")
    .requiredOption("--gt <file>", "ground truth, a COCO person_keypoints file")
    .requiredOption("--results <file>", "COCO keypoint results of any tool")
    .option("--json <file>", "write the numbers as JSON")
    .option("--arrays", "with --json: precision and scores [T][R][K][A][M], recall [T][K][A][M] as well")
    .option("--html <file>", "write a report that explains the numbers, and Markdown beside it")
    .option("--images <dir>", "folder of the images, for the report's pictures")
    .option("--min-ap <ap>", "exit with code 1 if AP is lower", numberBetween(0, 1));
  return addScoringOptions(command)
    .option("--explain", "list what was ignored and why, and what -1 means")
    .action(async (flags) => (await import("../score.ts")).score(flags));
}

/** `dypose compare`: which of two results is better, by how much, and how certain that is. */
export function compareCommand(): Command {
  const command = new Command("compare")
    .description("compare two results for the same ground truth, every line with its interval")
    .argument("<first>", "a COCO keypoint results file, or the folder of a run or evaluation")
    .argument("<second>", "the other one: differences are second less first")
    .requiredOption("--gt <file>", "ground truth, a COCO person_keypoints file")
    .option("--json <file>", "write lines, intervals and every image's gain as JSON")
    .option("--html <file>", "write a report, and Markdown beside it")
    .option("--images <dir>", "folder of the images, for the report's pictures")
    .option("--resamples <n>", "draws of the images that the intervals are from", integer(1), 1000)
    .option(
      "--confidence <share>",
      "share of the draws that an interval holds",
      numberBetween(0.5, 0.999),
      0.95,
    )
    .option("--seed <n>", "of the draws", integer(0, 2 ** 31 - 1), 0);
  return addScoringOptions(command).action(async (first, second, flags) =>
    (await import("../compare.ts")).compare(first, second, flags),
  );
}

/** The options of every command that scores a results file. */
function addScoringOptions(command: Command): Command {
  const integers = (min: number) => (text: string) => text.split(",").map(integer(min));
  return command
    .option("--image-ids <file>", "evaluate these images only: a JSON array of ids")
    .option("--category-ids <ids>", "evaluate these categories only, such as 1,7", integers(0))
    .option("--max-dets <counts>", "detections an image may keep, such as 20,1,5", integers(1))
    .option("--sigmas <file>", "labelling spread of each keypoint: a JSON array of numbers")
    .option("--no-use-cats", "take all categories for one")
    .addOption(
      new Option("--mode <mode>", "strict: pycocotools' numbers, habits and all; corrected: without those")
        .choices(["strict", "corrected"])
        .default("strict"),
    )
    .addOption(
      new Option("--protocol <name>", "whose lines; auto takes crowdpose where images have a crowdIndex")
        .choices(["auto", "coco", "crowdpose"])
        .default("auto"),
    );
}
