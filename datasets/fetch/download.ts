import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";

export interface DownloadOptions {
  readonly sha1: string;
  /** Tries in a row without any new byte before giving up. @default 5 */
  readonly tries?: number;
  /** Milliseconds before the second try; doubled for each one after. @default 1000 */
  readonly pause?: number;
  readonly onProgress?: (received: number, total: number | undefined) => void;
}

/**
 * Downloads a file. What has arrived is kept in `<file>.part` and resumed from, after a broken connection or a killed
 * process; the server's ETag, kept beside it, tells whether it is still the same file. `file` itself appears
 * only whole, and with the right hash.
 *
 * @throws {Error} If the server refuses, the connection keeps breaking, or the hash is wrong (the part is deleted then).
 */
export async function download(url: string, file: string, options: DownloadOptions): Promise<void> {
  const { sha1, tries = 5, pause = 1000, onProgress } = options;
  let failures = 0;
  for (;;) {
    const before = await sizeOf(`${file}.part`);
    try {
      await receive(url, file, onProgress);
      break;
    } catch (error) {
      if (error instanceof Refusal) throw error;
      failures = (await sizeOf(`${file}.part`)) > before ? 1 : failures + 1;
      if (failures >= tries) {
        throw new Error(`${url}: expected a steady connection, got: ${causeOf(error)} (${failures} times)`, {
          cause: error,
        });
      }
      await wait(pause * 2 ** (failures - 1));
    }
  }
  const got = await hashOf(`${file}.part`);
  if (got !== sha1) {
    await rm(`${file}.part`, { force: true });
    throw new Error(`${url}: expected SHA-1 ${sha1}, got ${got}: deleted, try again`);
  }
  await rename(`${file}.part`, file);
  await rm(`${file}.part.etag`, { force: true });
}

/** An answer that a further try would not change. */
class Refusal extends Error {}

async function receive(url: string, file: string, onProgress: DownloadOptions["onProgress"]): Promise<void> {
  const part = `${file}.part`;
  const start = await sizeOf(part);
  const etag = start > 0 ? await readFile(`${part}.etag`, "utf8").catch(() => "") : "";
  // Without an ETag nothing says that the rest would belong to what is here: start again.
  const headers: Record<string, string> = etag ? { range: `bytes=${start}-`, "if-range": etag } : {};
  const response = await fetch(url, { headers: { ...headers, "accept-encoding": "identity" } });
  if (response.status === 416 && start === totalOf(response)) return;
  const resumes =
    response.status === 206 && response.headers.get("content-range")?.startsWith(`bytes ${start}-`);
  if (!resumes && response.status !== 200) {
    await response.body?.cancel();
    const message = `${url}: expected the file, got ${response.status} ${response.statusText}`;
    if (response.status >= 500 || response.status === 429) throw new Error(message);
    throw new Refusal(message);
  }
  await writeFile(`${part}.etag`, response.headers.get("etag") ?? "");
  const from = resumes ? start : 0;
  const length = Number(response.headers.get("content-length") ?? Number.NaN);
  const total = Number.isFinite(length) ? from + length : undefined;
  const received = await append(response, part, from, (bytes) => onProgress?.(bytes, total));
  if (total !== undefined && received !== total)
    throw new Error(`connection closed at ${received} of ${total} bytes`);
}

/** Writes a response's body behind the first `from` bytes of a file, and returns the file's size. */
async function append(
  response: Response,
  path: string,
  from: number,
  onBytes: (size: number) => void,
): Promise<number> {
  const handle = await open(path, from > 0 ? "r+" : "w");
  let size = from;
  try {
    for await (const chunk of response.body ?? []) {
      await handle.write(chunk, 0, chunk.length, size);
      size += chunk.length;
      onBytes(size);
    }
    await handle.sync();
    return size;
  } finally {
    await handle.close();
  }
}

const totalOf = (response: Response): number =>
  Number(/\/(\d+)$/.exec(response.headers.get("content-range") ?? "")?.[1] ?? Number.NaN);

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha1");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest("hex");
}

/** Node's fetch says only "fetch failed"; what failed is in the cause. */
function causeOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message : message;
}
