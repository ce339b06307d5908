// Zip files, read through yauzl.
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { crc32 } from "node:zlib";
import { type Entry, openPromise, type ZipFile } from "yauzl";
import { imagePath } from "../image/image-path.ts";

export type { Entry, ZipFile } from "yauzl";

/** Opens a zip file; it stays open until its `close()` is called. */
export function openZip(path: string): Promise<ZipFile> {
  return openPromise(path, { autoClose: false });
}

interface UnpackOptions {
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

/**
 * Unpacks the wanted files of a zip file, each held to its checksum. Nothing is written outside `folder`, and links and
 * other things that are not plain files are refused.
 *
 * @returns How many files were unpacked.
 * @throws {Error} Naming the entry, if one is unsafe or damaged.
 */
export async function unpackZip(
  path: string,
  folder: string,
  wanted: (entry: string) => boolean,
  onFile: (done: number) => void = () => {},
): Promise<number> {
  const zip = await openZip(path).catch((cause: Error) => {
    throw new Error(`${path}: expected a zip file, got: ${cause.message}`, { cause });
  });
  let done = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith("/") || !wanted(entry.fileName)) continue;
      await unpackChecked(zip, entry, folder, `${basename(path)} ${entry.fileName}`);
      onFile(++done);
    }
    return done;
  } finally {
    zip.close();
  }
}

/** Unix file types, in the upper half of an entry's external attributes. */
const FILE_TYPE = 0o170000;
const PLAIN_FILE = 0o100000;

async function unpackChecked(zip: ZipFile, entry: Entry, folder: string, where: string): Promise<void> {
  const type = (entry.externalFileAttributes >>> 16) & FILE_TYPE;
  if (type !== 0 && type !== PLAIN_FILE) {
    throw new Error(`${where}: expected a plain file, got one of type 0${type.toString(8)}`);
  }
  const target = imagePath(folder, entry.fileName);
  let checksum = 0;
  const onChunk = (chunk: Buffer) => {
    checksum = crc32(chunk, checksum);
  };
  await unpackEntry(zip, entry, target, { onChunk, exclusive: true }).catch((cause: Error) => {
    throw new Error(`${where}: expected a whole file, got: ${cause.message}`, { cause });
  });
  if (checksum !== entry.crc32) {
    throw new Error(`${where}: expected CRC-32 ${entry.crc32}, got ${checksum}`);
  }
}
