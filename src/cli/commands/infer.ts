import { Command, Option } from "commander";
import { boxes, engineOption, integer, numberBetween, weightsOption } from "../options.ts";

/** What `--format` can be. */
export const LABEL_FORMATS = ["coco", "yolo", "label-studio", "cvat"] as const;

/** `dypose infer`: everybody's pose in pictures and videos, as numbers and drawn. */
export function inferCommand(): Command {
  return new Command("infer")
    .description(
      "find everybody's pose in pictures and videos: copies with the skeletons drawn, and numbers as JSON",
    )
    .argument(
      "<source...>",
      "pictures (turned upright as their EXIF orientation says), folders, patterns, lists",
    )
    .addOption(weightsOption())
    .option(
      "--box <x,y,w,h>",
      "where a person is, in pixels; repeat for several. Applies to every picture (default: the detector looks)",
      boxes,
    )
    .addOption(
      new Option(
        "--detector <name>",
        "who looks for persons (nanodet; none with --box); none without boxes: the whole picture is one person",
      ).choices(["nanodet", "none"]),
    )
    .option(
      "--min-person-score <score>",
      "leave out persons of a lower score, the detector's times the keypoints' (0.2; followed in a video: boxes, 0.35)",
      numberBetween(0, 1),
    )
    .option("--max-persons <n>", "persons of a picture at most, best first (100)", integer(1))
    .option(
      "--tiles [pixels]",
      "look at overlapping tiles, too, for small people in large pictures (640)",
      integer(32),
    )
    .option("--flip-test", "average with the mirrored picture (the default for pictures; not for videos)")
    .option("--no-flip-test", "the plain picture alone: half the time, a little less exact")
    .option("--track", "videos: give each person an id that stays (the default)", true)
    .option("--no-track", "videos: look at every frame by itself")
    .option("--smooth", "videos: take the jitter off the joints (the default)", true)
    .option("--no-smooth", "videos: joints as they are found")
    .option("--detect-every <n>", "videos: frames from one run of the detector to the next", integer(1), 10)
    .option("--min-score <score>", "draw keypoints of at least this score", numberBetween(0, 1), 0.2)
    .option("--batch <n>", "boxes that go through the network at a time", integer(1), 8)
    .option("--out <dir>", "folder for drawn copies, <name>.pose.jpg or .pose.mp4, and labels", ".")
    .option("--draw", "make drawn copies (the default without --format)")
    .option("--no-draw", "make none: faster")
    .option("--json <file>", "write an array with one object a person; - for stdout")
    .option("--jsonl <file>", "write a line a picture or frame as soon as it is done; - for stdout")
    .addOption(
      new Option(
        "--format <name>",
        "labels into --out, for COCO's evaluation, training, annotation tools",
      ).choices(LABEL_FORMATS),
    )
    .addOption(engineOption())
    .action(async (sources, _flags, command) =>
      (await import("../infer.ts")).infer(sources, command.optsWithGlobals()),
    );
}
