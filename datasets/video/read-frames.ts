import type { Readable } from "node:stream";
import type { RgbImage } from "../image/rgb-image.ts";
import { type Child, findFfmpeg, isAtLeast, reasonOf, start } from "./ffmpeg.ts";
import { framesPerSecond, type VideoInfo } from "./probe-video.ts";
import { inputArguments, isLive, nameOfSource } from "./video-source.ts";

/** One picture of a video, upright. */
export interface VideoFrame extends RgbImage {
  /** Counts from 0. */
  readonly index: number;
  /** When it is shown: seconds from the start of the file, as its time stamp says. */
  readonly seconds: number;
}

/** Thrown after the last frame of a video that ends before its end: what was read until then is good. */
export class CutShortError extends Error {
  override readonly name = "CutShortError";
  /** Frames that came. */
  readonly frames: number;

  constructor(message: string, frames: number) {
    super(message);
    this.frames = frames;
  }
}

export interface ReadFramesOptions {
  /** Ends the frames early and without an error, for a Ctrl-C: what has been read can then be finished properly. */
  readonly signal?: AbortSignal;
}

/**
 * Decodes a video, frame by frame, as fast as they are taken: nothing runs ahead but one pipe's worth. Frames are
 * turned as the file says, pixels are made square, and each has its own time stamp, so that variable rates stay right.
 * Of a camera or a stream the frames that nobody had time for are dropped.
 *
 * @throws {CutShortError} After the last frame, if the file announces more.
 * @throws {Error} In one line, if there are no frames, the codec has no decoder here, or a live source breaks off.
 */
export async function* readFrames(
  video: VideoInfo,
  options: ReadFramesOptions = {},
): AsyncGenerator<VideoFrame, void, undefined> {
  if (!isLive(video.source)) {
    yield* decode(video, options);
    return;
  }
  // A camera that stalls can only be left by killing its reader.
  const leave = new AbortController();
  const signal = AbortSignal.any([leave.signal, ...(options.signal ? [options.signal] : [])]);
  yield* newestOnly(decode(video, { signal }), () => leave.abort());
}

async function* decode(
  video: VideoInfo,
  { signal }: ReadFramesOptions,
): AsyncGenerator<VideoFrame, void, undefined> {
  if (signal?.aborted) return;
  const child = await startDecoder(video);
  const stop = () => child.kill();
  signal?.addEventListener("abort", stop);
  const times = new TimeStamps(child.process.stdio[3] as Readable);
  const { width, height } = video;
  const pause = 1 / (framesPerSecond(video.rate) || 25);
  let index = 0;
  let last = -pause;
  try {
    for await (const data of cut(child.process.stdout as Readable, width * height * 3)) {
      if (signal?.aborted) return;
      const stamp = await times.next();
      // A stamp that is missing or goes back would make the next stages divide by nothing.
      const seconds: number = stamp !== undefined && stamp > last ? stamp : last + pause;
      last = seconds;
      yield { width, height, data, index: index++, seconds };
    }
    const { code } = await child.ended;
    if (!signal?.aborted) requireWhole(video, index, last, code, child.complaints());
  } finally {
    signal?.removeEventListener("abort", stop);
    child.kill();
    await child.ended;
  }
}

async function startDecoder(video: VideoInfo): Promise<Child> {
  const programs = await findFfmpeg();
  const { args } = await inputArguments(video.source, programs);
  const passThrough = isAtLeast(programs, 5, 1) ? "-fps_mode" : "-vsync";
  return start(
    programs.ffmpeg,
    [
      ...["-v", "error", "-nostdin"],
      ...args,
      ...["-map", `0:${video.stream}`],
      // One size to the end, whatever the stream does midway: the frames are cut from the pipe by it.
      ...["-vf", `scale=${video.width}:${video.height},setsar=1`],
      ...[passThrough, "passthrough", "-enc_time_base", "-1"],
      ...["-c:v", "rawvideo", "-pix_fmt", "rgb24"],
      // The same frames twice: as pixels, and as a line of text each, which has the time stamp.
      ...["-f", "tee", "[f=framecrc:flush_packets=1]pipe:3|[f=rawvideo]pipe:1"],
    ],
    ["ignore", "pipe", "pipe", "pipe"],
  );
}

/** Cuts a stream of bytes into arrays of one size; a rest at the end is left out. */
export async function* cut(chunks: AsyncIterable<Buffer>, size: number): AsyncGenerator<Uint8Array> {
  let part = new Uint8Array(size);
  let filled = 0;
  for await (const chunk of chunks) {
    for (let taken = 0; taken < chunk.length; ) {
      const length = Math.min(size - filled, chunk.length - taken);
      part.set(chunk.subarray(taken, taken + length), filled);
      filled += length;
      taken += length;
      if (filled < size) continue;
      yield part;
      part = new Uint8Array(size);
      filled = 0;
    }
  }
}

/** The time stamps of ffmpeg's framecrc format, one a frame, in seconds. */
class TimeStamps {
  private readonly ready: (number | undefined)[] = [];
  private rest = "";
  private tick = Number.NaN;
  private ended = false;
  private wake: (() => void) | undefined;

  constructor(stream: Readable) {
    stream.setEncoding("utf8").on("data", (text: string) => this.take(text));
    const end = () => {
      this.ended = true;
      this.wake?.();
    };
    stream.once("close", end).once("end", end).once("error", end);
  }

  /** Undefined where the frame has none. */
  async next(): Promise<number | undefined> {
    while (this.ready.length === 0 && !this.ended) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    return this.ready.shift();
  }

  private take(text: string): void {
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop() ?? "";
    for (const line of lines) {
      const base = /^#tb 0: (\d+)\/(\d+)/.exec(line);
      if (base) this.tick = Number(base[1]) / Number(base[2]);
      if (line.startsWith("#")) continue;
      // stream, dts, pts, duration, size, checksum
      const seconds = Number(line.split(",")[2]) * this.tick;
      this.ready.push(Number.isFinite(seconds) ? seconds : undefined);
    }
    this.wake?.();
  }
}

/** A file may announce this share of frames too many: edit lists hide some at the start and the end. */
const MISCOUNT = 0.01;

function requireWhole(
  video: VideoInfo,
  count: number,
  last: number,
  code: number | null,
  complaints: readonly string[],
): void {
  const name = nameOfSource(video.source);
  const reason = reasonOf(complaints);
  const because = reason ? ` (${reason})` : "";
  if (complaints.some((line) => /Decoder .*not found/i.test(line))) {
    throw new Error(`${name}: expected a video codec that this ffmpeg can decode, got ${video.codec}`);
  }
  if (count === 0) throw new Error(`${name}: expected a video with frames, got none${because}`);
  if (isLive(video.source)) {
    if (code !== 0) throw new Error(`${name}: expected frames until stopped, got ${count}${because}`);
    return;
  }
  const rate = framesPerSecond(video.rate);
  const announced = video.frames ?? Math.floor((video.duration ?? 0) * rate);
  const fewer = count < announced * (1 - MISCOUNT) - 1;
  // Of a video without trouble only the announcement can be wrong.
  if ((complaints.length > 0 && fewer) || code !== 0) {
    const expected = Math.max(announced, count + 1);
    throw new CutShortError(
      `${name}: expected ${expected} frames, got ${count} (${last.toFixed(1)} s): the video is cut short${because}`,
      count,
    );
  }
}

/**
 * Takes frames as they come and keeps the newest one, for who is slower than a camera.
 *
 * @param leave Makes `frames` end soon; called when nobody wants any more.
 */
export async function* newestOnly<T>(
  frames: AsyncIterable<T>,
  leave: () => void,
): AsyncGenerator<T, void, undefined> {
  let newest: { frame: T } | undefined;
  let ended = false;
  let wake = () => {};
  const pump = (async () => {
    for await (const frame of frames) {
      newest = { frame };
      wake();
    }
  })().finally(() => {
    ended = true;
    wake();
  });
  // Its error is thrown below, after the last frame.
  pump.catch(() => {});
  try {
    for (;;) {
      if (!newest && !ended) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (!newest) break;
      const { frame } = newest;
      newest = undefined;
      yield frame;
    }
    await pump;
  } finally {
    leave();
    await pump.catch(() => {});
  }
}
