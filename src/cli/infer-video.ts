import { mkdir } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import sharp from "sharp";
import { drawOnFrame } from "../../datasets/draw/draw-poses.ts";
import { writeAtomic } from "../../datasets/files/write-atomic.ts";
import type { RgbImage } from "../../datasets/image/rgb-image.ts";
import { framesPerSecond, probeVideo, type VideoInfo } from "../../datasets/video/probe-video.ts";
import { readFrames, type VideoFrame } from "../../datasets/video/read-frames.ts";
import { nameOfSource, type VideoSource } from "../../datasets/video/video-source.ts";
import { canWriteVideo, VideoWriter } from "../../datasets/video/video-writer.ts";
import type { Pose } from "../infer/detect-poses.ts";
import type { PosePredictor, TrackOptions } from "../infer/pose-predictor.ts";
import type { FoundPeople } from "./infer-outputs.ts";
import { countProgress } from "./progress.ts";

interface VideoOptions extends TrackOptions {
  /** Give people ids. */
  readonly track: boolean;
  /** The annotated video, without its extension; undefined for none. */
  readonly drawn?: string | undefined;
  /** Folder that the frames go to as pictures, for labelling tools. */
  readonly frames?: string | undefined;
  /** Name of the frames' folder within it. */
  readonly name: string;
  /** Keypoints that score less are not drawn. */
  readonly minScore: number;
  /** Ends the video early, and properly. */
  readonly signal: AbortSignal;
  readonly onFrame: (found: FoundPeople) => Promise<void>;
}

/** What came of a video. */
export interface VideoOutcome {
  readonly frames: number;
  /** Of all the work, from the first frame on. */
  readonly framesPerSecond: number;
  /** People with an id of their own. */
  readonly persons: number;
  readonly drawn?: string;
  readonly sound?: "none" | "copied" | "encoded" | "lost";
  /** Why the video ended before its end. */
  readonly error?: unknown;
}

/**
 * Finds people in a video, frame by frame. While a frame is drawn and encoded, the next one is looked at. What was done
 * before an error or the signal is kept: the error is part of the outcome.
 *
 * @throws {Error} If nothing was done: no such video, no frames.
 */
export async function inferVideo(
  predictor: PosePredictor,
  source: VideoSource,
  options: VideoOptions,
): Promise<VideoOutcome> {
  const { signal, minScore, name } = options;
  const video = await probeVideo(source);
  const writer = await openWriter(video, options.drawn);
  const progress = countProgress("frames");
  const total = framesIn(video);
  const ids = new Set<number>();
  const started = performance.now();
  let frames = 0;
  let error: unknown;
  // Drawing and encoding of the frame before.
  let drawing: Promise<void> = Promise.resolve();
  try {
    for await (const { image, persons } of people(predictor, readFrames(video, { signal }), options)) {
      const { index, seconds, width, height } = image;
      for (const { id } of persons) if (id !== undefined) ids.add(id);
      const fileName = `${name}/frame_${String(index).padStart(6, "0")}.jpg`;
      const where = { image: nameOfSource(source), fileName, width, height, frame: index, seconds };
      if (options.frames) await writeFrame(join(options.frames, fileName), image);
      await options.onFrame({ ...where, persons });
      await drawing;
      if (writer) {
        drawing = draw(image, persons, predictor, minScore).then((drawn) => writer.write(drawn, seconds));
        drawing.catch(() => {});
      }
      progress.update(++frames, total);
    }
    await drawing;
  } catch (cause) {
    error = cause;
  }
  progress.close();
  const written = await writer?.close().catch((cause: unknown) => {
    error ??= cause;
    return undefined;
  });
  if (frames === 0 && error !== undefined) throw error;
  return {
    frames,
    framesPerSecond: frames / ((performance.now() - started) / 1000),
    persons: ids.size,
    ...(writer && written && written.frames > 0 && { drawn: writer.path, sound: written.sound }),
    ...(error !== undefined && { error }),
  };
}

/** Frames with their people: with ids that stay, or each frame by itself. */
async function* people(
  predictor: PosePredictor,
  frames: AsyncIterable<VideoFrame>,
  { track, flipTest, batchSize, minPersonScore, maxPersons, detectEvery, smooth }: VideoOptions,
): AsyncGenerator<{ image: VideoFrame; persons: readonly (Pose & { id?: number })[] }> {
  const find = {
    minPersonScore,
    maxPersons,
    flipTest: flipTest ?? false,
    ...(batchSize !== undefined && { batchSize }),
  };
  if (track) yield* predictor.track(frames, { ...find, detectEvery, smooth });
  else
    for await (const image of frames)
      yield { image, persons: await predictor.detect(image, undefined, find) };
}

function draw(
  image: RgbImage,
  persons: readonly (Pose & { id?: number })[],
  { network }: PosePredictor,
  minScore: number,
): Promise<RgbImage> {
  const labelled = persons.map(({ id, ...person }) =>
    id === undefined ? person : { ...person, label: `${id}` },
  );
  return drawOnFrame(image, labelled, network.skeleton, minScore);
}

async function writeFrame(path: string, { width, height, data }: RgbImage): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeAtomic(path, [
    await sharp(data, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 92 })
      .toBuffer(),
  ]);
}

async function openWriter(video: VideoInfo, drawn: string | undefined): Promise<VideoWriter | undefined> {
  if (drawn === undefined) return undefined;
  const { source, width, height, rate, hasSound } = video;
  const path = source.kind === "video" ? source.path : "";
  const extension = canWriteVideo(path) ? extname(path).toLowerCase() : ".mp4";
  const sound = hasSound && path !== "" ? { soundFrom: path } : {};
  return VideoWriter.open(`${drawn}${extension}`, { width, height, rate, ...sound });
}

function framesIn({ frames, duration, rate }: VideoInfo): number | undefined {
  if (frames !== undefined) return frames;
  return duration === undefined ? undefined : Math.round(duration * framesPerSecond(rate));
}
