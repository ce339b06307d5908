import { createHash } from "node:crypto";
import { basename, dirname, extname, resolve, sep } from "node:path";
import { nameOfSource } from "../video/video-source.ts";
import type { Source } from "./expand-sources.ts";

/**
 * Bytes of a name at most. File systems take 255; the rest is left for an extension and for the name of the unfinished
 * file beside it.
 */
const LONGEST = 200;

/**
 * Gives each source a name, without extension, for what is written about it. No two are the same, not even where upper
 * and lower case are one. A name is the file's own; those who share it get as many of their folders in front as it
 * takes, or their extension behind, each of them: what a source is called depends on who else is there, never on the order.
 *
 * @returns In the order of the sources, which name no file twice.
 */
export function outputNames(sources: readonly Source[]): string[] {
  const candidates = sources.map(candidatesOf);
  const depths = sources.map(() => 0);
  for (;;) {
    const crowded = duplicates(candidates.map((names, i) => names[depths[i] ?? 0] ?? ""));
    const movable = crowded.filter((i) => (depths[i] ?? 0) < (candidates[i]?.length ?? 0) - 1);
    if (movable.length === 0) break;
    for (const i of movable) depths[i] = (depths[i] ?? 0) + 1;
  }
  const names = candidates.map((ofOne, i) =>
    shortened(ofOne[depths[i] ?? 0] ?? "", keyOf(sources[i] as Source)),
  );
  // What is left is alike by accident, as a_b/c and a/b_c are.
  for (const i of duplicates(names)) {
    names[i] = `${names[i]}~${digest(keyOf(sources[i] as Source))}`;
  }
  return names;
}

/** Names for one source, the shortest first. */
function candidatesOf(source: Source): string[] {
  if (source.kind === "camera") return [`camera-${source.index}`];
  if (source.kind === "stream") {
    return [
      nameOfSource(source)
        .replace(/^(\w+):\/\//, "$1-")
        .replace(/[^\w.-]+/g, "-"),
    ];
  }
  const path = resolve(source.path);
  const extension = extname(path);
  const stem = basename(path, extension);
  const folders = dirname(path)
    .split(sep)
    .filter((name) => name !== "" && !name.endsWith(":"));
  const withExtension = extension === "" ? stem : `${stem}_${extension.slice(1)}`;
  const prefixed = folders.map((_, k) => [...folders.slice(folders.length - 1 - k), stem].join("_"));
  const whole = [...folders, withExtension].join("_");
  return [stem, withExtension, ...prefixed, whole];
}

const keyOf = (source: Source) =>
  source.kind === "picture" || source.kind === "video" ? resolve(source.path) : nameOfSource(source);

/** The places of names that are there more than once. */
function duplicates(names: readonly string[]): number[] {
  const places = new Map<string, number[]>();
  for (const [i, name] of names.entries()) {
    const folded = name.normalize("NFC").toLowerCase();
    places.set(folded, [...(places.get(folded) ?? []), i]);
  }
  return [...places.values()].filter((list) => list.length > 1).flat();
}

function shortened(name: string, key: string): string {
  if (Buffer.byteLength(name) <= LONGEST) return name;
  let short = "";
  let bytes = 0;
  for (const character of name) {
    bytes += Buffer.byteLength(character);
    if (bytes > LONGEST - 9) break;
    short += character;
  }
  return `${short}~${digest(key)}`;
}

const digest = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 8);
