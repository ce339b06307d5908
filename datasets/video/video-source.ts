import { resolve } from "node:path";
import { type Ffmpeg, isAtLeast, run } from "./ffmpeg.ts";

/** Where frames come from. */
export type VideoSource =
  | { readonly kind: "video"; readonly path: string }
  /** `index` 0 is the first camera. */
  | { readonly kind: "camera"; readonly index: number }
  /** An rtsp:// or rtsps:// address; may hold a password. */
  | { readonly kind: "stream"; readonly url: string };

/**
 * Reads `camera:0` and `rtsp://…`.
 *
 * @returns Undefined for anything else.
 * @throws {RangeError} If it begins like a camera and has no number.
 */
export function parseLiveSource(text: string): VideoSource | undefined {
  if (/^rtsps?:\/\//i.test(text)) return { kind: "stream", url: text };
  if (!/^camera:/i.test(text)) return undefined;
  const number = /^camera:(\d{1,3})$/i.exec(text)?.[1];
  if (number === undefined) throw new RangeError(`${text}: expected a camera's number, as in camera:0`);
  return { kind: "camera", index: Number(number) };
}

/** What to call a source in messages and names: its path, `camera:0`, or the address without user and password. */
export function nameOfSource(source: VideoSource): string {
  if (source.kind === "video") return source.path;
  if (source.kind === "camera") return `camera:${source.index}`;
  return source.url.replace(/^(\w+:\/\/)[^/]*@/, "$1");
}

export const isLive = ({ kind }: VideoSource): boolean => kind !== "video";

/** ffmpeg's arguments up to and with `-i`, and the input as it will call it in its messages. */
export interface InputArguments {
  readonly args: readonly string[];
  readonly input: string;
}

/** Microseconds without a packet after which a stream counts as dead. */
const STREAM_TIMEOUT = 10_000_000;

/**
 * How ffmpeg is to open a source. A file's name is made absolute and given as `file:`, so that it is never taken for an
 * option or another protocol, and what the file names in turn (a playlist) may only be files.
 */
export async function inputArguments(
  source: VideoSource,
  programs: Ffmpeg,
  platform: NodeJS.Platform = process.platform,
): Promise<InputArguments> {
  const input = await inputOf(source, programs, platform);
  if (source.kind === "video") return { args: ["-protocol_whitelist", "file", "-i", input], input };
  if (source.kind === "stream") {
    const timeout = isAtLeast(programs, 5, 0) ? "-timeout" : "-stimeout";
    const protocols = ["-protocol_whitelist", "rtp,rtsp,rtsps,tcp,udp,tls,srtp"];
    const transport = ["-rtsp_transport", "tcp", timeout, String(STREAM_TIMEOUT)];
    return { args: [...protocols, ...transport, "-i", input], input };
  }
  const format = platform === "darwin" ? "avfoundation" : platform === "win32" ? "dshow" : "v4l2";
  // avfoundation's own default, 29.97, is refused by cameras that offer 30.
  const rate = platform === "darwin" ? ["-framerate", "30"] : [];
  return { args: ["-f", format, ...rate, "-i", input], input };
}

async function inputOf(source: VideoSource, programs: Ffmpeg, platform: NodeJS.Platform): Promise<string> {
  if (source.kind === "video") return `file:${resolve(source.path)}`;
  if (source.kind === "stream") return source.url;
  if (platform === "darwin") return `${source.index}:none`;
  if (platform !== "win32") return `/dev/video${source.index}`;
  const { complaints } = await run(programs.ffmpeg, [
    "-hide_banner",
    ...["-list_devices", "true", "-f", "dshow", "-i", "dummy"],
  ]);
  const cameras = directShowCameras(complaints);
  const camera = cameras[source.index];
  if (camera === undefined) {
    throw new Error(`camera:${source.index}: expected one of ${cameras.length} camera(s), counted from 0`);
  }
  return `video=${camera}`;
}

/** Cameras in what `ffmpeg -list_devices true -f dshow` prints, in both forms that versions have used. */
export function directShowCameras(lines: readonly string[]): string[] {
  let inVideo = true;
  return lines.flatMap((line) => {
    if (/DirectShow (video|audio) devices/.test(line)) inVideo = line.includes("video devices");
    const [, name, kind] = /"([^"]+)"(?: \((\w+)(?:, \w+)*\))?\s*$/.exec(line) ?? [];
    if (name === undefined || line.includes("Alternative name")) return [];
    return (kind === undefined ? inVideo : kind === "video") ? [name] : [];
  });
}
