import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import type { Writable } from "node:stream";
import type { RgbImage } from "../image/rgb-image.ts";
import { CONTAINERS, type Container, encoderArguments, firstEncoder, ticksOf } from "./encoding.ts";
import { type Child, type Ffmpeg, findFfmpeg, reasonOf, run, start } from "./ffmpeg.ts";
import { matroskaFrame, matroskaHeader } from "./matroska.ts";
import { type FrameRate, framesPerSecond } from "./probe-video.ts";

export interface VideoWriterOptions {
  /** Pixels of every frame. */
  readonly width: number;
  readonly height: number;
  /** Usual pause between frames; each keeps its own time, though. */
  readonly rate: FrameRate;
  /** A file whose sound is put beside the frames, to where they end. */
  readonly soundFrom?: string;
}

/** What a finished file holds. */
export interface WrittenVideo {
  readonly frames: number;
  /** Length. */
  readonly seconds: number;
  /** `encoded` where the container does not take it as it was; `lost` where ffmpeg could do neither. */
  readonly sound: "none" | "copied" | "encoded" | "lost";
}

/** Whether a file of this name can be written, by its extension. */
export const canWriteVideo = (path: string): boolean => extname(path).toLowerCase() in CONTAINERS;

let written = 0;

/**
 * Encodes frames into a video file, as they are given.
 *
 * The file grows beside its path and is renamed when it is closed. Until then it is in fragments: should this process be
 * killed, what was written by then can be played. The sound is added at the end, so that it is as long as the frames.
 *
 * ```ts
 * const writer = await VideoWriter.open("out.mp4", { width, height, rate, soundFrom: "in.mp4" });
 * try {
 *   for await (const frame of readFrames(video, { signal })) await writer.write(draw(frame), frame.seconds);
 * } finally {
 *   await writer.close(); // also after an error or a Ctrl-C: what was done is kept
 * }
 * ```
 */
export class VideoWriter {
  readonly path: string;
  private readonly options: VideoWriterOptions;
  private readonly container: Container;
  private readonly programs: Ffmpeg;
  private readonly child: Child;
  /** The frames without sound, in fragments; a name that `UNFINISHED_FILE` knows. */
  private readonly silent: string;
  private frames = 0;
  /** The first frame until there is a second: its pixels once more give a video of one frame a length. */
  private only: Uint8Array | undefined;
  private first = 0;
  private last = 0;
  private brokenPipe = false;
  private closing: Promise<WrittenVideo> | undefined;

  private constructor(
    path: string,
    options: VideoWriterOptions,
    container: Container,
    programs: Ffmpeg,
    child: Child,
    silent: string,
  ) {
    this.path = path;
    this.options = options;
    this.container = container;
    this.programs = programs;
    this.child = child;
    this.silent = silent;
    // ffmpeg's own words say more than EPIPE: see failure().
    this.input.on("error", () => {
      this.brokenPipe = true;
    });
  }

  /**
   * @throws {FfmpegMissingError} If there is no ffmpeg.
   * @throws {Error} In one line, if the extension names no known container, no encoder is there, or the file cannot be
   * written.
   */
  static async open(path: string, options: VideoWriterOptions): Promise<VideoWriter> {
    const { width, height, rate } = options;
    const container = CONTAINERS[extname(path).toLowerCase()];
    if (!container) {
      const known = Object.keys(CONTAINERS).join(", ");
      throw new Error(`${path}: expected a video's name to end in one of ${known}`);
    }
    for (const side of [width, height]) {
      if (!(Number.isInteger(side) && side > 0)) {
        throw new RangeError(`${path}: expected frames of at least 1x1 pixels, got ${width}x${height}`);
      }
    }
    const fps = framesPerSecond(rate);
    if (!(fps > 0)) throw new RangeError(`${path}: expected a rate above 0 frames a second, got ${fps}`);
    const programs = await findFfmpeg();
    const encoder = await firstEncoder(programs, container.encoders, path);
    const silent = besideName(path);
    await reserve(silent, path);
    const child = start(
      programs.ffmpeg,
      encoderArguments(programs, encoder, rate, silent),
      ["pipe", "ignore", "pipe"],
      { keep: true },
    );
    const writer = new VideoWriter(path, options, container, programs, child, silent);
    writer.input.write(matroskaHeader(width, height));
    return writer;
  }

  /**
   * Adds a frame; resolves when there is room for the next.
   *
   * @param seconds When it is shown; later than the one before.
   * @throws {Error} If the encoder has stopped, as on a full disk; with what it said.
   */
  async write(image: RgbImage, seconds: number): Promise<void> {
    const { width, height, rate } = this.options;
    if (image.width !== width || image.height !== height) {
      const got = `${image.width}x${image.height}`;
      throw new RangeError(`${this.path}: expected frames of ${width}x${height} pixels, got ${got}`);
    }
    if (!(Number.isFinite(seconds) && (this.frames === 0 || seconds > this.last))) {
      throw new RangeError(`${this.path}: expected a time after ${this.last} s, got ${seconds}`);
    }
    if (this.closing) throw new Error(`${this.path}: expected no frame after the last`);
    if (this.frames === 0) this.first = seconds;
    this.last = seconds;
    const time = onRaster(seconds - this.first, framesPerSecond(rate));
    this.frames += 1;
    this.only = this.frames === 1 ? image.data.slice() : undefined;
    for (const part of matroskaFrame(image.data, Math.round(time * 1e6))) await this.send(part);
  }

  /** Ends the file properly, adds the sound and gives it its name. Without a frame there is no file. May be repeated. */
  close(): Promise<WrittenVideo> {
    this.closing ??= this.finish();
    return this.closing;
  }

  private get input(): Writable {
    return this.child.process.stdin as Writable;
  }

  private async send(bytes: Uint8Array): Promise<void> {
    if (this.brokenPipe || this.child.process.exitCode !== null) throw await this.failure();
    if (this.input.write(bytes)) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.input.off("drain", done).off("close", done).off("error", done);
        resolve();
      };
      this.input.on("drain", done).on("close", done).on("error", done);
    });
    if (this.brokenPipe) throw await this.failure();
  }

  private async failure(): Promise<Error> {
    const { code, failure } = await this.child.ended;
    const reason = reasonOf(this.child.complaints()) ?? failure ?? `ffmpeg ended with code ${code}`;
    return new Error(`${this.path}: could not be written: ${reason}`);
  }

  private async finish(): Promise<WrittenVideo> {
    try {
      if (this.only) {
        const after = Math.round(1e6 / framesPerSecond(this.options.rate));
        for (const part of matroskaFrame(this.only, after)) await this.send(part);
      }
      this.input.end();
      const { code } = await this.child.ended;
      if (this.frames === 0) return { frames: 0, seconds: 0, sound: "none" };
      // Even then most of it may be there.
      const failure = code === 0 ? undefined : await this.failure();
      const seconds = this.last - this.first + 1 / framesPerSecond(this.options.rate);
      const sound = await this.publish(seconds).catch((error: unknown) => {
        throw failure ?? error;
      });
      if (failure) throw failure;
      return { frames: this.frames, seconds, sound };
    } finally {
      await rm(this.silent, { force: true });
    }
  }

  /** Makes an ordinary file of the fragments, with sound if it is wanted and works, and renames it. */
  private async publish(seconds: number): Promise<WrittenVideo["sound"]> {
    const { soundFrom } = this.options;
    const whole = besideName(this.path);
    try {
      if (soundFrom !== undefined) {
        const ways = [["copied", "copy"] as const, ["encoded", this.container.sound] as const];
        for (const [sound, codec] of ways) {
          const reason = await this.join(whole, seconds, soundFrom, codec);
          if (reason === undefined) {
            await rename(whole, this.path);
            return sound;
          }
        }
      }
      const reason = await this.join(whole, seconds);
      if (reason !== undefined) throw new Error(`${this.path}: could not be written: ${reason}`);
      await rename(whole, this.path);
      return soundFrom === undefined ? "none" : "lost";
    } catch (error) {
      await rm(whole, { force: true });
      throw error;
    }
  }

  /** @returns Why it did not work; undefined if it did. */
  private async join(
    target: string,
    seconds: number,
    soundFrom?: string,
    codec = "copy",
  ): Promise<string | undefined> {
    const file = (path: string) => ["-protocol_whitelist", "file", "-i", `file:${resolve(path)}`];
    // The frames may begin later than the sound does.
    const later = soundFrom !== undefined && this.first > 0 ? this.first : 0;
    const { code, complaints } = await run(this.programs.ffmpeg, [
      ...["-v", "error", "-nostdin", "-y"],
      ...(later > 0 ? ["-itsoffset", later.toFixed(6)] : []),
      ...file(this.silent),
      ...(soundFrom === undefined ? [] : file(soundFrom)),
      ...["-map", "0:v:0"],
      ...(soundFrom === undefined ? [] : ["-map", "1:a", "-c:a", codec]),
      ...["-c:v", "copy", "-t", (later + seconds).toFixed(6)],
      ...(this.container.format === "mp4" || this.container.format === "mov"
        ? ["-movflags", "+faststart", "-video_track_timescale", String(ticksOf(this.options.rate))]
        : []),
      ...["-f", this.container.format, `file:${resolve(target)}`],
    ]);
    return code === 0 ? undefined : (reasonOf(complaints) ?? `ffmpeg ended with code ${code}`);
  }
}

/** Seconds by which time stamps are rounded in files that count in thousandths. */
const ROUNDING = 0.0011;

/** The time at which a frame of that rate is due, if it is that one but for rounding; else the time as it is. */
function onRaster(time: number, rate: number): number {
  const due = Math.round(time * rate) / rate;
  return Math.abs(due - time) <= Math.min(ROUNDING, 0.1 / rate) ? due : time;
}

function besideName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}-${++written}.tmp`);
}

/** Says before the first frame whether the folder takes files. */
async function reserve(file: string, path: string): Promise<void> {
  const handle = await open(file, "wx").catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`${path}: could not be written: ${cause.message}`, { cause });
  });
  await handle.close();
}
