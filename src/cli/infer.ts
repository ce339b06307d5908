import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Box } from "../../datasets/crop/crop-geometry.ts";
import { drawPoses } from "../../datasets/draw/draw-poses.ts";
import { writeAtomic } from "../../datasets/files/write-atomic.ts";
import { expandSources } from "../../datasets/sources/expand-sources.ts";
import { outputNames } from "../../datasets/sources/output-names.ts";
import { nameOfSource } from "../../datasets/video/video-source.ts";
import { loadNanodet } from "../detect/load-nanodet.ts";
import type { PersonDetector } from "../detect/person-detector.ts";
import { inTiles } from "../detect/tiles.ts";
import type { EngineChoice } from "../engine/engine.ts";
import { loadEngine } from "../engine/load-engine.ts";
import type { Pose } from "../infer/detect-poses.ts";
import { PosePredictor, readPhotograph } from "../infer/pose-predictor.ts";

interface InferFlags {
  weights: string;
  box?: Box[];
  detector?: "nanodet" | "none";
  minPersonScore?: number;
  maxPersons?: number;
  tiles?: number | true;
  flipTest: boolean;
  minScore: number;
  batch: number;
  out: string;
  json?: string;
  engine: EngineChoice;
  verbose?: boolean;
}

/** One person in the JSON. */
interface PersonRow extends Pose {
  /** The image's path, as given. */
  readonly image: string;
}

export async function infer(args: string[], flags: InferFlags): Promise<void> {
  const sources = await expandSources(args);
  const names = outputNames(sources);
  const detector = await chooseDetector(flags);
  const predictor = await PosePredictor.load(flags.weights, {
    engine: flags.engine,
    verbose: flags.verbose,
    patience: 1,
    detector,
  });
  const { engine, network } = predictor;
  // With the JSON on stdout, messages for people go to stderr.
  const say = flags.json === "-" ? console.error : console.log;
  say(`${network.info.model.name} from ${network.checkpoint}, on ${engine.name} (${engine.reason})`);
  await mkdir(flags.out, { recursive: true });
  const options = {
    flipTest: flags.flipTest,
    batchSize: flags.batch,
    minPersonScore: flags.minPersonScore,
    maxPersons: flags.maxPersons,
  };
  const rows: PersonRow[] = [];
  for (const [i, source] of sources.entries()) {
    if (source.kind !== "picture")
      throw new Error(`${nameOfSource(source)}: expected a picture, got a video`);
    const { path } = source;
    const image = await readPhotograph(path);
    const poses = await naming(path, predictor.detect(image, flags.box, options));
    const picture = join(flags.out, `${names[i]}.pose.jpg`);
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

/** Boxes that are given need no detector. */
async function chooseDetector(flags: InferFlags): Promise<PersonDetector | "nanodet" | "none"> {
  const { tiles, detector = flags.box ? "none" : "nanodet" } = flags;
  if (detector === "none" || !tiles) return detector;
  await loadEngine(flags.engine, flags);
  return inTiles(await loadNanodet({ patience: 1 }), tiles === true ? {} : { size: tiles });
}

function describe(path: string, poses: readonly Pose[]): string {
  if (poses.length === 0) return `${path}: nobody found`;
  const scores = poses.map(({ score }) => score.toFixed(2)).join(", ");
  return `${path}: ${poses.length} ${poses.length === 1 ? "person" : "persons"}, score ${scores}`;
}

/** Puts the picture's path before the message of an error. */
async function naming<T>(path: string, work: Promise<T>): Promise<T> {
  return work.catch((cause: Error) => {
    throw new Error(`${path}: ${cause.message}`, { cause });
  });
}
