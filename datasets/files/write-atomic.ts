import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

let written = 0;

/** Names of unfinished files: the owner of the folder may delete those that a killed process left behind. */
export const UNFINISHED_FILE = /^\..+\.\d+-\d+\.tmp$/;

/**
 * Writes a file so that its path always holds either the old content or the new one, whole: the parts go to a
 * temporary file in the same folder, which is flushed to disk and renamed. If anything fails (a full disk, a file
 * size limit), the temporary file is removed, the old file stays as it was, and the error names the path.
 *
 * @param parts Bytes in order; text is UTF-8. They are written one by one, so large files need no second copy.
 */
export async function writeAtomic(path: string, parts: Iterable<Uint8Array | string>): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${process.pid}-${++written}.tmp`);
  try {
    const file = await open(temporary, "wx");
    try {
      for (const part of parts) await writeFully(file, part);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(folder);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw new Error(`${path}: could not be written: ${messageOf(cause)}`, { cause });
  }
}

/** One `write` may take only part of its bytes, as it does on a disk that fills up. */
async function writeFully(file: FileHandle, part: Uint8Array | string): Promise<void> {
  const bytes = typeof part === "string" ? Buffer.from(part) : part;
  for (let offset = 0; offset < bytes.byteLength; ) {
    const { bytesWritten } = await file.write(bytes, offset, bytes.byteLength - offset);
    if (bytesWritten === 0) throw new Error(`the device took ${offset} of ${bytes.byteLength} bytes`);
    offset += bytesWritten;
  }
}

/** Makes the rename itself survive a power cut, where the system lets a folder be flushed. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
