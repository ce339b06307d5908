import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type Readable, Transform } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { type Entry, open, type ZipFile } from "yauzl";
import { type Device, folderSize } from "../engine-folder.ts";
import { downloadWheels } from "./pip.ts";

/** Told how far an installation is. */
export interface InstallObserver {
  /** A step starts; one line. */
  step(line: string): void;
  /** Bytes downloaded so far, and in all as far as pip has said; now and then. */
  download(bytes: number, total: number): void;
}

const WHEELS = { cpu: "tensorflow-cpu", gpu: "tensorflow" } as const;

export interface UnpackOptions {
  /** A python with pip. */
  readonly python: string;
  /** Where to. */
  readonly folder: string;
  readonly device: Device;
  readonly tensorflow: string;
  readonly observer: InstallObserver;
  readonly signal: AbortSignal | undefined;
}

/**
 * Downloads TensorFlow and unpacks its library and headers into `folder/tensorflow`; for a GPU also CUDA into
 * `folder/nvidia`, where the library looks for it.
 */
export async function unpackTensorflow(options: UnpackOptions): Promise<void> {
  const { folder, device, tensorflow, observer, signal } = options;
  let cuda: string[] = [];
  await withWheels([`${WHEELS[device]}==${tensorflow}`], options, async ([path = ""]) => {
    observer.step("unpacking and verifying TensorFlow");
    const metadata = await unpack(path, folder, isTensorflowFile, signal);
    if (device === "gpu") cuda = cudaRequirements(metadata);
  });
  if (cuda.length === 0) return;
  await withWheels(cuda, options, async (paths) => {
    observer.step("unpacking and verifying CUDA");
    for (const path of paths) await unpack(path, folder, isCudaFile, signal);
  });
}

/** Downloads wheels into a folder that exists only while `use` runs. */
async function withWheels(
  requirements: readonly string[],
  { python, folder, observer, signal }: UnpackOptions,
  use: (wheels: string[]) => Promise<void>,
): Promise<void> {
  const what = requirements.length > 1 ? `CUDA (${requirements.length} wheels)` : requirements[0];
  observer.step(`downloading ${what} with ${python} -m pip`);
  const wheels = join(folder, "wheels");
  await mkdir(wheels);
  let total = 0;
  const onSize = (bytes: number) => {
    total += bytes;
  };
  const report = async () => observer.download(await folderSize(wheels), total);
  const timer = setInterval(() => void report(), 500); // milliseconds
  try {
    const paths = await downloadWheels(python, requirements, wheels, { signal, onSize });
    clearInterval(timer);
    await report();
    await use(paths);
  } finally {
    clearInterval(timer);
    await rm(wheels, { recursive: true, force: true });
  }
}

/** @returns The wheel's METADATA. */
async function unpack(
  path: string,
  folder: string,
  wanted: (file: string) => boolean,
  signal: AbortSignal | undefined,
): Promise<string> {
  const wheel = await openWheel(path);
  try {
    await unpackWheel(wheel, folder, wanted, signal);
    return await readDistInfo(wheel, "METADATA");
  } finally {
    closeWheel(wheel);
  }
}

/** Which files of the wheels an engine keeps. */

/** Of TensorFlow's 13,000 headers, those around the C API. */
const HEADERS = /^tensorflow\/include\/(?:tensorflow\/c|tensorflow\/core\/platform|tsl|xla\/tsl)\/.*\.h$/;
const LIBRARIES = /^tensorflow\/libtensorflow_(?:cc|framework)\.so\.2$/;
const LICENCES =
  /^(?:tensorflow\/THIRD_PARTY_NOTICES\.txt|[^/]+\.dist-info\/(?:METADATA|(?:licenses\/)?LICEN[CS]E[^/]*))$/i;
/** What CUDA loads and runs, without headers and static libraries. */
const CUDA = /^nvidia\/(?:.*\/)?(?:[^/]+\.so(?:\.\d+)*|[^/]+\.bc|bin\/[^/]+)$/;

export function isTensorflowFile(path: string): boolean {
  return LIBRARIES.test(path) || HEADERS.test(path) || LICENCES.test(path);
}

export function isCudaFile(path: string): boolean {
  return CUDA.test(path) || LICENCES.test(path);
}

/** The CUDA wheels that TensorFlow's METADATA asks for in its extra `and-cuda`, as pip's requirements. */
export function cudaRequirements(metadata: string): string[] {
  const lines = metadata.matchAll(/^Requires-Dist: ([^;\n]+?)\s*;\s*extra\s*==\s*["']and-cuda["']/gm);
  return Array.from(lines, ([, requirement = ""]) => requirement);
}

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
