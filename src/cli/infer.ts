import { mkdir, stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import type { Box } from "../../datasets/crop/crop-geometry.ts";
import { drawPoses } from "../../datasets/draw/draw-poses.ts";
import { writeAtomic } from "../../datasets/files/write-atomic.ts";
import type { EngineChoice } from "../engine/engine.ts";
import type { Pose } from "../infer/detect-poses.ts";
import { PosePredictor, readPhotograph } from "../infer/pose-predictor.ts";

interface InferFlags {
  weights: string;
  box?: Box[];
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

export async function infer(paths: string[], flags: InferFlags): Promise<void> {
  const pictures = await planPictures(paths, flags.out);
  const { verbose } = flags;
  const predictor = await PosePredictor.load(flags.weights, { engine: flags.engine, verbose, patience: 1 });
  const { engine, network } = predictor;
  // With the JSON on stdout, messages for people go to stderr.
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

/** Puts the picture's path before the message of an error. */
async function naming<T>(path: string, work: Promise<T>): Promise<T> {
  return work.catch((cause: Error) => {
    throw new Error(`${path}: ${cause.message}`, { cause });
  });
}

/** An image to read and the drawn copy to write. */
interface PlannedPicture {
  readonly path: string;
  readonly picture: string;
}

/**
 * Chooses where each image's drawn copy goes: `<out>/<name>.pose.jpg`; of images that share a name, the second gets
 * `<name>-2.pose.jpg` and so on. All images are looked up first, so that a wrong path is found before any work is done.
 *
 * @throws {Error} If a path is no file, naming it.
 */
async function planPictures(paths: readonly string[], out: string): Promise<PlannedPicture[]> {
  const taken = new Set<string>();
  const planned: PlannedPicture[] = [];
  for (const path of paths) {
    await requireFile(path);
    const name = basename(path, extname(path));
    let picture = join(out, `${name}.pose.jpg`);
    for (let n = 2; taken.has(picture); n++) picture = join(out, `${name}-${n}.pose.jpg`);
    taken.add(picture);
    planned.push({ path, picture });
  }
  return planned;
}

async function requireFile(path: string): Promise<void> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    const got = cause.code === "ENOENT" ? "nothing there" : cause.code;
    throw new Error(`${path}: expected an image, got ${got}`, { cause });
  });
  if (!found.isFile()) {
    throw new Error(
      `${path}: expected an image, got ${found.isDirectory() ? "a folder" : "no regular file"}`,
    );
  }
}
