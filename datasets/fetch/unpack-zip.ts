import { basename } from "node:path";
import { crc32 } from "node:zlib";
import { type Entry, openZip, unpackEntry, type ZipFile } from "../files/zip.ts";
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
