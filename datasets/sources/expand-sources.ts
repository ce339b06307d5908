import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, extname, isAbsolute, join, resolve } from "node:path";
import { closest } from "fastest-levenshtein";
import sharp from "sharp";
import { escapePath, glob, isDynamicPattern } from "tinyglobby";
import { FfmpegMissingError } from "../video/ffmpeg.ts";
import { probeVideo } from "../video/probe-video.ts";
import { nameOfSource, parseLiveSource, type VideoSource } from "../video/video-source.ts";

/** Something to look for people in. */
export type Source = { readonly kind: "picture"; readonly path: string } | VideoSource;

const PICTURE = /\.(jpe?g|jfif|png|webp|avif|heic|heif|tiff?|gif|svg)$/i;
const VIDEO = /\.(mp4|m4v|mov|mkv|webm|avi|mpe?g|m2ts|mts|ts|wmv|flv|ogv|3gp)$/i;
const isMedia = (name: string) => PICTURE.test(name) || VIDEO.test(name);

/** As people count: img2 comes before img10. */
const { compare } = new Intl.Collator("en", { numeric: true });

/**
 * Says what the arguments of a command stand for, in their order: pictures, videos, folders (what lies in them, not
 * deeper), patterns such as `"photos/**\/*.jpg"`, text files that list any of these, `camera:0` and `rtsp://…`. What is
 * named twice is taken once.
 *
 * @throws {Error} In one line: if a path is not there (with the name most like it), a folder or a pattern gives nothing,
 * or a file is neither picture nor video; {RangeError} for a camera without a number.
 */
export async function expandSources(args: readonly string[]): Promise<Source[]> {
  const sources: Source[] = [];
  for (const argument of args) sources.push(...(await expand(argument)));
  const seen = new Set<string>();
  return sources.filter((source) => {
    const key =
      source.kind === "picture" || source.kind === "video" ? resolve(source.path) : nameOfSource(source);
    return !seen.has(key) && seen.add(key);
  });
}

async function expand(argument: string): Promise<Source[]> {
  const live = parseLiveSource(argument);
  if (live) return [live];
  const entry = await stat(argument).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT" || cause.code === "ENOTDIR" || cause.code === "ENAMETOOLONG")
      return undefined;
    throw new Error(`${argument}: expected a picture, a video or a folder, got ${cause.code}`, { cause });
  });
  if (!entry) return isDynamicPattern(argument) ? matching(argument) : missing(argument);
  if (entry.isDirectory()) return inFolder(argument);
  if (!entry.isFile()) {
    throw new Error(`${argument}: expected a picture, a video or a folder, got no regular file`);
  }
  if (extname(argument).toLowerCase() === ".txt") return listed(argument);
  return [await file(argument)];
}

async function file(path: string): Promise<Source> {
  if (PICTURE.test(path)) return { kind: "picture", path };
  if (VIDEO.test(path)) return { kind: "video", path };
  // The name does not say: ask those who would have to read it.
  const isPicture = await sharp(path)
    .metadata()
    .then(
      () => true,
      () => false,
    );
  if (isPicture) return { kind: "picture", path };
  const source: VideoSource = { kind: "video", path };
  try {
    await probeVideo(source);
    return source;
  } catch (cause) {
    const unknown =
      cause instanceof FfmpegMissingError ? "something else, or a video (and ffmpeg is missing)" : "neither";
    throw new Error(`${path}: expected a picture or a video, got ${unknown}`, { cause });
  }
}

async function inFolder(folder: string): Promise<Source[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  const media = names.filter((name) => isMedia(name) && !name.startsWith(".")).sort(compare);
  if (media.length > 0) return Promise.all(media.map((name) => file(join(folder, name))));
  const folders = entries.filter((entry) => entry.isDirectory()).length;
  const got = names.length === 0 ? "no files" : `${names.length} file(s) of other kinds`;
  const deeper = folders > 0 ? ` and ${folders} folder(s); "${join(folder, "**")}" looks into them` : "";
  throw new Error(`${folder}: expected a folder with pictures or videos, got ${got}${deeper}`);
}

async function matching(pattern: string): Promise<Source[]> {
  // On Windows people write backslashes, which patterns do not know as separators.
  const portable = process.platform === "win32" ? pattern.replaceAll("\\", "/") : pattern;
  const options = { onlyFiles: true, expandDirectories: false, absolute: isAbsolute(pattern) };
  const paths = (await glob(portable, options)).sort(compare);
  const media = paths.filter(isMedia);
  if (media.length > 0) return Promise.all(media.map(file));
  const got = paths.length === 0 ? "none" : `${paths.length} file(s) of other kinds`;
  throw new Error(`${pattern}: expected pictures or videos that match, got ${got}`);
}

/** Lines of a list at most this long are paths; anything else is some other text. */
const LONGEST_LINE = 4096;
const LARGEST_LIST = 64 << 20;

/** One source a line, relative to the list; blank lines and those that begin with # are left out. */
async function listed(path: string): Promise<Source[]> {
  const { size } = await stat(path);
  if (size > LARGEST_LIST) throw new Error(`${path}: expected a list of sources, got ${size} bytes of text`);
  const lines = (await readFile(path, "utf8")).split(/\r?\n/);
  const sources: Source[] = [];
  for (const [index, text] of lines.entries()) {
    const line = text.trim();
    if (line === "" || line.startsWith("#")) continue;
    const where = `${path} line ${index + 1}`;
    if (line.length > LONGEST_LINE || line.includes("\0")) {
      throw new Error(`${where}: expected a source, got ${line.length} characters`);
    }
    const target = parseLiveSource(line) ? line : resolveBeside(path, line);
    if (extname(target).toLowerCase() === ".txt") {
      throw new Error(`${where}: expected a picture, a video or a folder, got another list`);
    }
    const found = await expand(target).catch((cause: Error) => {
      throw new Error(`${where}: ${cause.message}`, { cause });
    });
    sources.push(...found);
  }
  if (sources.length === 0) throw new Error(`${path}: expected a source a line, got none`);
  return sources;
}

/** A pattern in a list is relative to it, while its folder's own name is no pattern. */
function resolveBeside(list: string, line: string): string {
  const folder = dirname(list);
  if (isAbsolute(line)) return line;
  if (!isDynamicPattern(line)) return join(folder, line);
  return folder === "." ? line : `${escapePath(folder)}/${line}`;
}

async function missing(path: string): Promise<never> {
  const names = await readdir(dirname(path)).catch(() => [] as string[]);
  const near = names.length > 0 ? closest(basename(path), names) : "";
  const isNear = near !== "" && near !== basename(path);
  const hint = isNear ? `; the nearest name there is ${join(dirname(path), near)}` : "";
  const kinds = "a picture, a video, a folder, a pattern, a list, camera:0 or rtsp://…";
  const got = /^\w{2,}:\/\//.test(path) ? "an address of another kind" : "nothing there";
  throw new Error(`${path}: expected ${kinds}, got ${got}${hint}`);
}
