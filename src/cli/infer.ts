import { mkdir } from "node:fs/promises";
import { constants } from "node:os";
import { join } from "node:path";
import type { Box } from "../../datasets/crop/crop-geometry.ts";
import { drawPoses } from "../../datasets/draw/draw-poses.ts";
import { writeAtomic } from "../../datasets/files/write-atomic.ts";
import { expandSources, type Source } from "../../datasets/sources/expand-sources.ts";
import { outputNames } from "../../datasets/sources/output-names.ts";
import { nameOfSource, type VideoSource } from "../../datasets/video/video-source.ts";
import { loadNanodet } from "../detect/load-nanodet.ts";
import type { PersonDetector } from "../detect/person-detector.ts";
import { inTiles } from "../detect/tiles.ts";
import type { EngineChoice } from "../engine/engine.ts";
import { loadEngine } from "../engine/load-engine.ts";
import type { Pose } from "../infer/detect-poses.ts";
import { PosePredictor, readPhotograph } from "../infer/pose-predictor.ts";
import {
  type FoundPeople,
  jsonLinesOutput,
  jsonOutput,
  type LabelFormat,
  labelNames,
  labelOutput,
  type Output,
  requireLabelFiles,
} from "./infer-outputs.ts";
import { inferVideo, type VideoOutcome } from "./infer-video.ts";
import { countProgress } from "./progress.ts";

interface InferFlags {
  weights: string;
  box?: Box[];
  detector?: "nanodet" | "none";
  minPersonScore?: number;
  maxPersons?: number;
  tiles?: number | true;
  flipTest?: boolean;
  track: boolean;
  smooth: boolean;
  detectEvery: number;
  minScore: number;
  batch: number;
  out: string;
  draw?: boolean;
  json?: string;
  jsonl?: string;
  format?: LabelFormat;
  engine: EngineChoice;
  verbose?: boolean;
}

export async function infer(args: string[], flags: InferFlags): Promise<void> {
  if (flags.json === "-" && flags.jsonl === "-") {
    throw new Error("options '--json' and '--jsonl': expected one of them on stdout, got both");
  }
  const sources = await expandSources(args);
  const video = sources.find(({ kind }) => kind !== "picture") as VideoSource | undefined;
  if (video && flags.box) {
    throw new Error(`option '--box': expected pictures, got ${nameOfSource(video)}, where people move`);
  }
  const names = outputNames(sources);
  const inLabels = labelNames(sources, names);
  requireLabelFiles(flags.format, inLabels);
  const predictor = await PosePredictor.load(flags.weights, {
    engine: flags.engine,
    verbose: flags.verbose,
    patience: video ? 0 : 1,
    detector: await chooseDetector(flags),
  });
  const { engine, network } = predictor;
  // With numbers on stdout, messages for people go to stderr.
  const say = flags.json === "-" || flags.jsonl === "-" ? console.error : console.log;
  say(`${network.info.model.name} from ${network.checkpoint}, on ${engine.name} (${engine.reason})`);
  await mkdir(flags.out, { recursive: true }).catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`${flags.out}: expected a folder to write into, got ${cause.code}`, { cause });
  });
  const outputs: Output[] = [
    ...(flags.json ? [jsonOutput(flags.json)] : []),
    ...(flags.jsonl ? [jsonLinesOutput(flags.jsonl)] : []),
    ...(flags.format ? [labelOutput(flags.format, flags.out, network.skeleton)] : []),
  ];
  const interrupted = interruption();
  const work = { predictor, flags, say, signal: interrupted.signal, draws: flags.draw ?? !flags.format };
  const failures: unknown[] = [];
  let done = 0;
  const add = async (found: FoundPeople) => {
    done += 1;
    for (const output of outputs) await output.add(found);
  };
  const progress = countProgress("sources");
  for (const [i, source] of sources.entries()) {
    if (interrupted.signal.aborted) break;
    const called = { name: names[i] as string, inLabels: inLabels[i] as string };
    await (source.kind === "picture"
      ? inPicture(source, called, work, add)
      : inVideo(source, called, work, add)
    ).catch((error: Error) => {
      failures.push(error);
      if (sources.length > 1) console.error(`dypose: ${error.message}`);
    });
    if (!video && sources.length > 1) progress.update(i + 1, sources.length);
  }
  progress.close();
  interrupted.stop();
  predictor.dispose();
  // Where nothing could be read, files of earlier calls stay as they are.
  if (done > 0 || failures.length === 0) for (const output of outputs) await output.close();
  if (interrupted.signal.aborted) process.exitCode = interrupted.exitCode();
  else if (sources.length === 1 && failures.length > 0) throw failures[0];
  else if (failures.length > 0) {
    throw new Error(
      `expected ${sources.length} sources that can be read, got ${failures.length} that cannot`,
    );
  }
}

/** What the pictures and videos of one call share. */
interface Work {
  readonly predictor: PosePredictor;
  readonly flags: InferFlags;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** Whether drawn copies are made. */
  readonly draws: boolean;
}

/** What a source is called: in names of drawn copies, and in labels. */
interface Called {
  readonly name: string;
  readonly inLabels: string;
}

type Add = (found: FoundPeople) => Promise<void>;

async function inPicture(
  { path }: Extract<Source, { kind: "picture" }>,
  { name, inLabels }: Called,
  { predictor, flags, say, draws }: Work,
  add: Add,
): Promise<void> {
  const image = await readPhotograph(path);
  const { flipTest = true, batch: batchSize, minPersonScore, maxPersons } = flags;
  const persons = await naming(
    path,
    predictor.detect(image, flags.box, { flipTest, batchSize, minPersonScore, maxPersons }),
  );
  const picture = join(flags.out, `${name}.pose.jpg`);
  if (draws) {
    const drawn = await drawPoses(image, persons, predictor.network.skeleton, { minScore: flags.minScore });
    await writeAtomic(picture, [drawn]);
  }
  await add({ image: path, fileName: inLabels, width: image.width, height: image.height, persons });
  say(`${describe(path, persons)}${draws ? `; drawn in ${picture}` : ""}`);
}

async function inVideo(
  source: VideoSource,
  { name, inLabels }: Called,
  { predictor, flags, say, signal, draws }: Work,
  add: Add,
): Promise<void> {
  const outcome = await inferVideo(predictor, source, {
    name: inLabels,
    track: flags.track,
    smooth: flags.smooth,
    detectEvery: flags.detectEvery,
    flipTest: flags.flipTest ?? false,
    batchSize: flags.batch,
    minPersonScore: flags.minPersonScore,
    maxPersons: flags.maxPersons,
    minScore: flags.minScore,
    signal,
    drawn: draws ? join(flags.out, `${name}.pose`) : undefined,
    // Labels of frames are of use only with the frames.
    frames: flags.format ? join(flags.out, "images") : undefined,
    onFrame: add,
  });
  say(`${nameOfSource(source)}: ${summary(outcome, flags.track)}`);
  if (outcome.error !== undefined) throw outcome.error;
}

function summary({ frames, persons, drawn, sound, ...outcome }: VideoOutcome, tracked: boolean): string {
  const rate = `${frames} frames, ${outcome.framesPerSecond.toFixed(1)} a second`;
  const who = tracked ? `, ${persons} ${persons === 1 ? "person" : "persons"}` : "";
  const lost = sound === "lost" ? " (without its sound, which ffmpeg could not take over)" : "";
  return `${rate}${who}${drawn ? `; drawn in ${drawn}${lost}` : ""}`;
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

/** The first Ctrl-C ends the work after the frame at hand, so that files are whole; the second leaves at once. */
function interruption() {
  const controller = new AbortController();
  let code = 0;
  const stop = (signal: "SIGINT" | "SIGTERM") => {
    if (code !== 0) process.exit(code);
    code = 128 + constants.signals[signal];
    controller.abort();
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  return {
    signal: controller.signal,
    exitCode: () => code,
    stop: () => void process.off("SIGINT", stop).off("SIGTERM", stop),
  };
}
