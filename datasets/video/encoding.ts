// How ffmpeg encodes what video-writer.ts gives it: containers, encoders and their settings.
import { resolve } from "node:path";
import { type Ffmpeg, isAtLeast, run } from "./ffmpeg.ts";
import { type FrameRate, framesPerSecond } from "./probe-video.ts";

export interface Container {
  /** ffmpeg's name. */
  readonly format: string;
  /** The first that this ffmpeg has is taken. */
  readonly encoders: readonly string[];
  readonly sound: string;
}

const H264 = ["libx264", "h264_videotoolbox", "libopenh264", "mpeg4"];
/** By a file name's extension. */
export const CONTAINERS: Readonly<Record<string, Container>> = {
  ".mp4": { format: "mp4", encoders: H264, sound: "aac" },
  ".m4v": { format: "mp4", encoders: H264, sound: "aac" },
  ".mov": { format: "mov", encoders: H264, sound: "aac" },
  ".mkv": { format: "matroska", encoders: H264, sound: "aac" },
  ".webm": { format: "webm", encoders: ["libvpx-vp9"], sound: "libopus" },
};

/** Settings that look clean and keep up with a camera on two cores. */
const SETTINGS: Readonly<Record<string, readonly string[]>> = {
  libx264: ["-preset", "veryfast", "-crf", "20"],
  h264_videotoolbox: ["-q:v", "60"],
  libopenh264: ["-b:v", "4M"],
  mpeg4: ["-q:v", "3"],
  "libvpx-vp9": ["-deadline", "realtime", "-cpu-used", "8", "-row-mt", "1", "-crf", "32", "-b:v", "0"],
};

/** ffmpeg's arguments to encode Matroska frames from its standard input into fragments of `target`. */
export function encoderArguments(
  programs: Ffmpeg,
  encoder: string,
  rate: FrameRate,
  target: string,
): string[] {
  const ticks = ticksOf(rate);
  const matrix = "bt709";
  return [
    ...["-v", "error", "-y", "-f", "matroska", "-i", "pipe:0"],
    ...[isAtLeast(programs, 5, 1) ? "-fps_mode" : "-vsync", "passthrough", "-enc_time_base", `1/${ticks}`],
    // Half the pixels' colours are left out, so that the sides have to be even.
    ...["-vf", `pad=ceil(iw/2)*2:ceil(ih/2)*2,scale=out_color_matrix=${matrix}:out_range=tv,format=yuv420p`],
    ...["-colorspace", matrix, "-color_primaries", matrix, "-color_trc", matrix, "-color_range", "tv"],
    ...["-c:v", encoder, ...(SETTINGS[encoder] ?? [])],
    // A fragment begins with a whole picture: every two seconds.
    ...["-g", String(Math.max(1, Math.round(2 * framesPerSecond(rate))))],
    ...["-video_track_timescale", String(ticks)],
    ...["-movflags", "+frag_keyframe+empty_moov+default_base_moof"],
    ...["-f", "mp4", `file:${resolve(target)}`],
  ];
}

/** Ticks a second in which a rate's frames fall on whole numbers, as MP4 counts. */
export function ticksOf(rate: FrameRate): number {
  if (rate.numerator > 1_000_000) return 90_000;
  let ticks = rate.numerator;
  while (ticks < 10_000) ticks *= 2;
  return ticks;
}

const encodersOf = new Map<string, Promise<Set<string>>>();

/** @throws {Error} In one line that begins with `path`, if this ffmpeg has none of the encoders wanted. */
export async function firstEncoder(
  { ffmpeg }: Ffmpeg,
  wanted: readonly string[],
  path: string,
): Promise<string> {
  let listed = encodersOf.get(ffmpeg);
  if (!listed) {
    listed = run(ffmpeg, ["-hide_banner", "-encoders"]).then(
      ({ stdout }) => new Set([...stdout.matchAll(/^ V\S{5} (\S+)/gm)].map(([, name = ""]) => name)),
    );
    encodersOf.set(ffmpeg, listed);
  }
  const there = await listed;
  const first = wanted.find((name) => there.has(name));
  if (first !== undefined) return first;
  throw new Error(
    `${path}: expected an ffmpeg with one of the encoders ${wanted.join(", ")}, got none of them`,
  );
}
