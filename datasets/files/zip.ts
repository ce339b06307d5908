// Zip files, read through yauzl.
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Entry, openPromise, type ZipFile } from "yauzl";

export type { Entry, ZipFile } from "yauzl";

/** Opens a zip file; it stays open until its `close()` is called. */
export function openZip(path: string): Promise<ZipFile> {
  return openPromise(path, { autoClose: false });
}

export interface UnpackOptions {
  /** Sees each piece of the content, to hash it. */
  readonly onChunk: (chunk: Buffer) => void;
  /** Permissions of the new file. @default 0o666, less what the process's mask takes away */
  readonly mode?: number | undefined;
  /** Fail where a file is already there, rather than replace it. @default false */
  readonly exclusive?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Unpacks one entry into a file, with the folders that lead to it. */
export async function unpackEntry(
  zip: ZipFile,
  entry: Entry,
  target: string,
  { onChunk, mode, exclusive = false, signal }: UnpackOptions,
): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const watched = new Transform({
    transform(chunk, _encoding, next) {
      onChunk(chunk);
      next(null, chunk);
    },
  });
  const content = await zip.openReadStreamPromise(entry);
  const file = createWriteStream(target, { flags: exclusive ? "wx" : "w", mode });
  await pipeline(content, watched, file, { signal });
}
