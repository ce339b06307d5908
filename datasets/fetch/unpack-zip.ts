import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { crc32 } from "node:zlib";
import { type Entry, open, type ZipFile } from "yauzl";
import { imagePath } from "../image/image-path.ts";

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
  const zip = await openZip(path);
  let done = 0;
  try {
    for await (const entry of entriesOf(zip)) {
      if (entry.fileName.endsWith("/") || !wanted(entry.fileName)) continue;
      await unpackEntry(zip, entry, folder, `${basename(path)} ${entry.fileName}`);
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

async function unpackEntry(zip: ZipFile, entry: Entry, folder: string, where: string): Promise<void> {
  const type = (entry.externalFileAttributes >>> 16) & FILE_TYPE;
  if (type !== 0 && type !== PLAIN_FILE) {
    throw new Error(`${where}: expected a plain file, got one of type 0${type.toString(8)}`);
  }
  const target = imagePath(folder, entry.fileName);
  await mkdir(dirname(target), { recursive: true });
  let checksum = 0;
  const checked = new Transform({
    transform(chunk, _encoding, next) {
      checksum = crc32(chunk, checksum);
      next(null, chunk);
    },
  });
  await pipeline(await openEntry(zip, entry), checked, createWriteStream(target, { flags: "wx" })).catch(
    (cause: Error) => {
      throw new Error(`${where}: expected a whole file, got: ${cause.message}`, { cause });
    },
  );
  if (checksum !== entry.crc32) {
    throw new Error(`${where}: expected CRC-32 ${entry.crc32}, got ${checksum}`);
  }
}

function openZip(path: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    open(path, { lazyEntries: true, autoClose: false }, (error, zip) => {
      if (error) reject(new Error(`${path}: expected a zip file, got: ${error.message}`, { cause: error }));
      else resolve(zip);
    });
  });
}

async function* entriesOf(zip: ZipFile): AsyncGenerator<Entry> {
  for (;;) {
    const entry = await new Promise<Entry | undefined>((resolve, reject) => {
      const settle = (action: () => void) => () => {
        zip.removeAllListeners();
        action();
      };
      zip.once("entry", (entry: Entry) => settle(() => resolve(entry))());
      zip.once(
        "end",
        settle(() => resolve(undefined)),
      );
      zip.once("error", (error: Error) => settle(() => reject(error))());
      zip.readEntry();
    });
    if (entry === undefined) return;
    yield entry;
  }
}

function openEntry(zip: ZipFile, entry: Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream)));
  });
}
