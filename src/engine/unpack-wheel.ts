import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type Readable, Transform } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { type Entry, open, type ZipFile } from "yauzl";

/** A Python wheel (a zip file) that is open for reading. */
export interface Wheel {
  readonly path: string;
  readonly zip: ZipFile;
  readonly entries: ReadonlyMap<string, Entry>;
}

/** Opens a wheel and reads its table of contents; {@link closeWheel} it afterwards. */
export async function openWheel(path: string): Promise<Wheel> {
  const zip = await openZip(path);
  const entries = new Map<string, Entry>();
  return new Promise((resolve, reject) => {
    zip.on("entry", (entry: Entry) => {
      entries.set(entry.fileName, entry);
      zip.readEntry();
    });
    zip.on("end", () => resolve({ path, zip, entries }));
    zip.on("error", (error: Error) => {
      zip.close();
      reject(notAWheel(path, error));
    });
    zip.readEntry();
  });
}

export function closeWheel(wheel: Wheel): void {
  wheel.zip.close();
}

/**
 * Unpacks the files of a wheel for which `wanted` says yes, each checked against the SHA-256 that the wheel's
 * RECORD gives for it.
 *
 * @throws {Error} If a file is damaged or has no hash.
 */
export async function unpackWheel(
  wheel: Wheel,
  folder: string,
  wanted: (path: string) => boolean,
  signal?: AbortSignal,
): Promise<void> {
  const hashes = parseRecord(await readDistInfo(wheel, "RECORD"));
  for (const entry of wheel.entries.values()) {
    if (entry.fileName.endsWith("/") || !wanted(entry.fileName)) continue;
    const target = join(folder, entry.fileName);
    await mkdir(dirname(target), { recursive: true });
    const hash = createHash("sha256");
    const hashed = new Transform({
      transform(chunk, _encoding, done) {
        hash.update(chunk);
        done(null, chunk);
      },
    });
    await pipeline(
      await openEntry(wheel.zip, entry),
      hashed,
      createWriteStream(target, { mode: modeOf(entry) }),
      { signal },
    );
    const expected = hashes.get(entry.fileName);
    const got = hash.digest("base64url");
    if (got !== expected) {
      throw new Error(
        `${basename(wheel.path)} ${entry.fileName}: expected SHA-256 ${expected ?? "in RECORD"}, got ${got}`,
      );
    }
  }
}

/** A zip file keeps a file's mode in the upper half of its attributes; of it only "executable" matters. */
function modeOf(entry: Entry): number {
  const isExecutable = ((entry.externalFileAttributes >>> 16) & 0o100) !== 0;
  return isExecutable ? 0o755 : 0o644;
}

/** The text of a file in the wheel's `*.dist-info` folder, such as METADATA. */
export async function readDistInfo(wheel: Wheel, name: string): Promise<string> {
  for (const [path, entry] of wheel.entries) {
    if (/^[^/]+\.dist-info\/[^/]+$/.test(path) && path.endsWith(`/${name}`)) {
      return (await buffer(await openEntry(wheel.zip, entry))).toString("utf8");
    }
  }
  throw new Error(`${basename(wheel.path)}: expected a .dist-info/${name}, got none`);
}

/** Path to SHA-256 (base64url) from RECORD's lines `path,sha256=…,size`; a path with a comma is quoted. */
function parseRecord(record: string): Map<string, string> {
  const hashes = new Map<string, string>();
  for (const line of record.split(/\r?\n/)) {
    const match = /^(?:"(?<quoted>[^"]*)"|(?<bare>[^,]*)),sha256=(?<hash>[\w-]+)/.exec(line);
    const { quoted, bare, hash } = match?.groups ?? {};
    const path = quoted ?? bare;
    if (path && hash) hashes.set(path, hash);
  }
  return hashes;
}

function openZip(path: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    open(path, { lazyEntries: true, autoClose: false }, (error, zip) => {
      if (error) reject(notAWheel(path, error));
      else resolve(zip);
    });
  });
}

function openEntry(zip: ZipFile, entry: Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream)));
  });
}

function notAWheel(path: string, cause: Error): Error {
  return new Error(`${basename(path)}: expected a whole wheel (zip), got ${cause.message}`, { cause });
}
