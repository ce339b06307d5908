import { Command } from "commander";
import type { Pose } from "../infer/detect-poses.ts";
import { type BoxOption, boxes, type EngineOption, engineOption, integer, numberBetween } from "./options.ts";

interface InferFlags {
  weights: string;
  box?: BoxOption[];
  flipTest: boolean;
  minScore: number;
  batch: number;
  out: string;
  json?: string;
  engine: EngineOption;
}

/** One person of the JSON. */
interface PersonRow extends Pose {
  /** The image's path, as given. */
  readonly image: string;
}

/** `dypose infer`: the pose of each person in pictures, as numbers and drawn. */
export function inferCommand(): Command {
  return new Command("infer")
    .description("find the pose in pictures: a copy with the skeleton drawn, and numbers as JSON")
    .argument("<image...>", "pictures; turned upright as their EXIF orientation says")
    .requiredOption("--weights <run|file>", "a run's folder (its best weights), or a weights file")
    .option(
      "--box <x,y,w,h>",
      "where a person is, in pixels; repeat for several. Applies to every picture (default: the whole picture)",
      boxes,
    )
    .option("--flip-test", "average with the mirrored picture (the default)", true)
    .option("--no-flip-test", "the plain picture alone: half the time, a little less exact")
    .option("--min-score <score>", "draw keypoints of at least this score", numberBetween(0, 1), 0.2)
    .option("--batch <n>", "boxes that go through the network at a time", integer(1), 8)
    .option("--out <dir>", "folder for the drawn copies, <name>.pose.jpg", ".")
    .option("--json <file>", "write an array with one object a person; - for stdout")
    .addOption(engineOption())
    .action(infer);
}

async function infer(paths: string[], flags: InferFlags, command: Command): Promise<void> {
  const { planPictures } = await import("./plan-pictures.ts");
  const pictures = await planPictures(paths, flags.out);

  const { mkdir } = await import("node:fs/promises");
  const { drawPoses } = await import("../../datasets/draw/draw-poses.ts");
  const { PosePredictor } = await import("../infer/pose-predictor.ts");
  const { readPhotograph } = await import("../infer/pose-predictor.ts");
  const { writeAtomic } = await import("../../datasets/files/write-atomic.ts");
  const verbose: boolean = command.optsWithGlobals()["verbose"] ?? false;
  const predictor = await PosePredictor.load(flags.weights, { engine: flags.engine, verbose, patience: 1 });
  const { engine, network } = predictor;
  // With the JSON on stdout, what is for people goes to stderr.
  const say = flags.json === "-" ? console.error : console.log;
  say(`${network.info.model.name} from ${network.checkpoint}, on ${engine.name} (${engine.reason})`);
  await mkdir(flags.out, { recursive: true });
  const rows: PersonRow[] = [];
  for (const { path, picture } of pictures) {
    const image = await readPhotograph(path);
    const poses = await naming(
      path,
      predictor.detect(image, flags.box, { flipTest: flags.flipTest, batchSize: flags.batch }),
    );
    await writeAtomic(picture, [
      await drawPoses(image, poses, network.skeleton, { minScore: flags.minScore }),
    ]);
    rows.push(...poses.map((pose) => ({ image: path, ...pose })));
    say(`${describe(path, poses)}; drawn in ${picture}`);
  }
  predictor.dispose();
  const json = `${JSON.stringify(rows, null, 2)}\n`;
  if (flags.json === "-") process.stdout.write(json);
  else if (flags.json) await writeAtomic(flags.json, [json]);
}

function describe(path: string, poses: readonly Pose[]): string {
  const scores = poses.map(({ score }) => score.toFixed(2)).join(", ");
  return `${path}: ${poses.length} ${poses.length === 1 ? "person" : "persons"}, score ${scores}`;
}

/** Puts the picture's path before what went wrong with it. */
async function naming<T>(path: string, work: Promise<T>): Promise<T> {
  return work.catch((cause: Error) => {
    throw new Error(`${path}: ${cause.message}`, { cause });
  });
}
