import { open, stat } from "node:fs/promises";
import { z } from "zod";
import { findFfmpeg, reasonOf, run } from "./ffmpeg.ts";
import { inputArguments, isLive, nameOfSource, type VideoSource } from "./video-source.ts";

/** Frames a second as a fraction, so that 30000 / 1001 stays exact. */
export interface FrameRate {
  readonly numerator: number;
  readonly denominator: number;
}

/** What is known of a video before its frames are decoded. */
export interface VideoInfo {
  readonly source: VideoSource;
  /** Pixels as shown: after rotation, and with pixels made square. */
  readonly width: number;
  readonly height: number;
  /** Degrees clockwise that the stored frames are turned by. */
  readonly rotation: 0 | 90 | 180 | 270;
  /** Of a variable rate, the mean. */
  readonly rate: FrameRate;
  readonly isVariable: boolean;
  /** Seconds; undefined where the file does not say, and for cameras and streams. */
  readonly duration?: number;
  /** As the file says; undefined where it does not. */
  readonly frames?: number;
  /** ffmpeg's name of it, "h264". */
  readonly codec: string;
  readonly hasSound: boolean;
  /** Of the streams in the file, which one is decoded. */
  readonly stream: number;
}

const fraction = z
  .string()
  .regex(/^\d+[/:]\d+$/)
  .transform((text): FrameRate => {
    const [numerator = 0, denominator = 0] = text.split(/[/:]/).map(Number);
    return { numerator, denominator };
  });
const count = z.coerce.number().nonnegative();

const streamSchema = z.object({
  index: z.int().nonnegative(),
  codec_type: z.string().optional(),
  codec_name: z.string().optional().catch(undefined),
  codec_tag_string: z.string().optional().catch(undefined),
  width: z.int().positive().optional().catch(undefined),
  height: z.int().positive().optional().catch(undefined),
  sample_aspect_ratio: fraction.optional().catch(undefined),
  r_frame_rate: fraction.optional().catch(undefined),
  avg_frame_rate: fraction.optional().catch(undefined),
  duration: count.optional().catch(undefined),
  nb_frames: count.optional().catch(undefined),
  disposition: z.object({ attached_pic: z.number().optional() }).optional().catch(undefined),
  tags: z.object({ rotate: z.coerce.number().optional() }).optional().catch(undefined),
  side_data_list: z
    .array(z.object({ rotation: z.number().optional() }))
    .optional()
    .catch(undefined),
});
const probeSchema = z.object({
  packets: z
    .array(z.object({ stream_index: z.int(), pts_time: z.coerce.number() }))
    .default([])
    .catch([]),
  streams: z.array(streamSchema).default([]),
  format: z.object({ duration: count.optional().catch(undefined) }).optional(),
});
type Stream = z.infer<typeof streamSchema>;

const PEEKED_PACKETS = 200;

/**
 * Asks ffprobe what a video is.
 *
 * @throws {FfmpegMissingError} If there is no ffmpeg.
 * @throws {Error} In one line, if the file, camera or stream is not there, no video, cut off before anything can be
 * read, or in a codec that this ffmpeg does not know.
 */
export async function probeVideo(source: VideoSource): Promise<VideoInfo> {
  const name = nameOfSource(source);
  if (source.kind === "video") await requireFile(source.path);
  const programs = await findFfmpeg();
  const { args, input } = await inputArguments(source, programs);
  const { code, stdout, complaints } = await run(programs.ffprobe, [
    ...["-v", "error", "-show_streams", "-show_format", "-of", "json"],
    // Not every file that says it has one rate does: the first time stamps show it.
    ...(isLive(source) ? [] : ["-show_packets", "-read_intervals", `%+#${PEEKED_PACKETS}`]),
    ...args,
  ]);
  if (code !== 0) throw new Error(await unreadable(source, complaints, input));
  return videoInfo(source, parseProbe(stdout, name));
}

async function requireFile(path: string): Promise<void> {
  const entry = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    const got = cause.code === "ENOENT" ? "nothing there" : cause.code;
    throw new Error(`${path}: expected a video, got ${got}`, { cause });
  });
  if (!entry.isFile()) {
    throw new Error(`${path}: expected a video, got ${entry.isDirectory() ? "a folder" : "no regular file"}`);
  }
  if (entry.size === 0) throw new Error(`${path}: expected a video, got an empty file`);
}

async function unreadable(
  source: VideoSource,
  complaints: readonly string[],
  input: string,
): Promise<string> {
  const name = nameOfSource(source);
  const reason = reasonOf(complaints, input) ?? "nothing";
  if (source.kind === "camera") return `${name}: expected a camera, got: ${reason}`;
  if (source.kind === "stream") return `${name}: expected a stream, got: ${reason.replace(source.url, name)}`;
  const isHeadless = complaints.some((line) => line.includes("moov atom not found"));
  if (isHeadless && (await isMp4(source.path))) {
    return `${name}: expected a whole video, got one cut short: its index (the moov atom) is missing`;
  }
  return `${name}: expected a video that ffmpeg can read, got: ${reason}`;
}

/** ffprobe takes any file of that extension for one. */
async function isMp4(path: string): Promise<boolean> {
  const handle = await open(path);
  try {
    const { buffer } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    return buffer.subarray(4).toString("latin1") === "ftyp";
  } finally {
    await handle.close();
  }
}

function parseProbe(text: string, name: string): z.infer<typeof probeSchema> {
  try {
    return probeSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${name}: expected ffprobe's description of a video, got ${text.slice(0, 40)}`, {
      cause,
    });
  }
}

/**
 * Makes sense of ffprobe's description.
 *
 * @throws {Error} If there is no stream of video, or none that can be decoded.
 */
export function videoInfo(
  source: VideoSource,
  { streams, format, packets }: z.infer<typeof probeSchema>,
): VideoInfo {
  const name = nameOfSource(source);
  // The cover of a song is a stream of video, too.
  const stream = streams.find((one) => one.codec_type === "video" && one.disposition?.attached_pic !== 1);
  if (!stream) {
    const got = streams.map((one) => one.codec_type ?? "unknown").join(", ") || "none";
    throw new Error(`${name}: expected a stream of video, got ${got}`);
  }
  const { codec_name: codec, width, height } = stream;
  if (codec === undefined || codec === "unknown" || codec === "none") {
    const got = JSON.stringify(stream.codec_tag_string ?? "none");
    throw new Error(`${name}: expected a video codec that this ffmpeg knows, got ${got}`);
  }
  if (width === undefined || height === undefined) {
    throw new Error(`${name}: expected a video whose size is known, got ${codec} without one`);
  }
  const rotation = rotationOf(stream);
  const turned = rotation % 180 === 90;
  const shownWidth = Math.max(1, Math.round(width * squareness(stream)));
  const duration = isLive(source) ? undefined : (stream.duration ?? format?.duration);
  const frames = isLive(source) ? undefined : stream.nb_frames;
  return {
    source,
    width: turned ? height : shownWidth,
    height: turned ? shownWidth : height,
    rotation,
    ...rateOf(
      stream,
      packets.filter((packet) => packet.stream_index === stream.index).map((packet) => packet.pts_time),
    ),
    ...(duration !== undefined && duration > 0 && { duration }),
    ...(frames !== undefined && frames > 0 && { frames }),
    codec,
    hasSound: streams.some(({ codec_type: type }) => type === "audio"),
    stream: stream.index,
  };
}

/** The display matrix counts against the clock, the older tag with it. */
function rotationOf({ side_data_list: sides = [], tags }: Stream): VideoInfo["rotation"] {
  const matrix = sides.find(({ rotation }) => rotation !== undefined)?.rotation;
  const degrees = matrix === undefined ? (tags?.rotate ?? 0) : -matrix;
  const quarters = ((Math.round(degrees / 90) % 4) + 4) % 4;
  return (quarters * 90) as VideoInfo["rotation"];
}

/** Width of a stored pixel over its height; 1 where the file does not say. */
function squareness({ sample_aspect_ratio: ratio }: Stream): number {
  return ratio && ratio.numerator > 0 && ratio.denominator > 0 ? ratio.numerator / ratio.denominator : 1;
}

/** Rates this close are the same, but for the rounding of time stamps. */
const SAME_RATE = 0.005;
/** Pauses between frames that differ by less are the same: some files count in thousandths, and round. */
const ROUNDING = 0.0021;
const UNKNOWN_RATE: FrameRate = { numerator: 25, denominator: 1 };

function rateOf(
  { r_frame_rate: finest, avg_frame_rate: mean }: Stream,
  times: readonly number[],
): Pick<VideoInfo, "rate" | "isVariable"> {
  const known = [finest, mean].filter((one) => one && framesPerSecond(one) > 0) as FrameRate[];
  const [first = UNKNOWN_RATE, second = first] = known;
  const differ = Math.abs(framesPerSecond(second) / framesPerSecond(first) - 1) > SAME_RATE;
  // Packets come in the order of decoding; those at the end may lack their neighbours.
  const sorted = [...times].sort((a, b) => a - b).slice(0, Math.max(2, times.length - 16));
  const pauses = sorted.slice(1).map((time, i) => time - (sorted[i] ?? 0));
  const isUneven = pauses.length > 0 && Math.max(...pauses) - Math.min(...pauses) > ROUNDING;
  return { rate: differ ? second : first, isVariable: differ || isUneven };
}

/** Zero where the fraction is none. */
export function framesPerSecond({ numerator, denominator }: FrameRate): number {
  return denominator > 0 ? numerator / denominator : 0;
}
