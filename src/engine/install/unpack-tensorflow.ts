// From an index of wheels to the few files of them that an engine needs: the library, the headers to compile against,
// CUDA for a GPU, and the licences.
import { createHash } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { type Entry, openZip, unpackEntry, type ZipFile } from "../../../datasets/files/zip.ts";
import { type Device, folderSize } from "../engine-folder.ts";
import { downloadWheels } from "./pip.ts";

/** Is told of an installation's progress. */
export interface InstallObserver {
  /** Called when a step starts, with one line about it. */
  step(line: string): void;
  /** Called now and then with the bytes downloaded, and the total that pip has announced so far. */
  download(bytes: number, total: number): void;
}

interface UnpackOptions {
  /** A python with pip. */
  readonly python: string;
  /** Where to. */
  readonly folder: string;
  readonly device: Device;
  readonly tensorflow: string;
  readonly observer: InstallObserver;
  readonly signal: AbortSignal | undefined;
}

/** TensorFlow's wheel for each device. */
const WHEELS = { cpu: "tensorflow-cpu", gpu: "tensorflow" } as const;

/** Of TensorFlow's 13,000 headers, those around the C API. */
const HEADERS = /^tensorflow\/include\/(?:tensorflow\/c|tensorflow\/core\/platform|tsl|xla\/tsl)\/.*\.h$/;
const LIBRARIES = /^tensorflow\/libtensorflow_(?:cc|framework)\.so\.2$/;
const LICENCES =
  /^(?:tensorflow\/THIRD_PARTY_NOTICES\.txt|[^/]+\.dist-info\/(?:METADATA|(?:licenses\/)?LICEN[CS]E[^/]*))$/i;
/** What CUDA loads and runs, without headers and static libraries. */
const CUDA = /^nvidia\/(?:.*\/)?(?:[^/]+\.so(?:\.\d+)*|[^/]+\.bc|bin\/[^/]+)$/;

/**
 * Downloads TensorFlow and unpacks its library and headers into `folder/tensorflow`; for a GPU also CUDA into
 * `folder/nvidia`, where the library looks for it.
 */
export async function unpackTensorflow(options: UnpackOptions): Promise<void> {
  const { folder, device, tensorflow, observer, signal } = options;
  let cuda: string[] = [];
  await withWheels([`${WHEELS[device]}==${tensorflow}`], options, async ([path = ""]) => {
    observer.step("unpacking and verifying TensorFlow");
    const metadata = await unpackWheel(path, folder, [LIBRARIES, HEADERS, LICENCES], signal);
    if (device === "gpu") cuda = cudaRequirements(metadata);
  });
  if (cuda.length === 0) return;
  await withWheels(cuda, options, async (paths) => {
    observer.step("unpacking and verifying CUDA");
    for (const path of paths) await unpackWheel(path, folder, [CUDA, LICENCES], signal);
  });
}

/** The CUDA wheels that TensorFlow's METADATA asks for in its extra `and-cuda`, as pip's requirements. */
function cudaRequirements(metadata: string): string[] {
  const lines = metadata.matchAll(/^Requires-Dist: ([^;\n]+?)\s*;\s*extra\s*==\s*["']and-cuda["']/gm);
  return Array.from(lines, ([, requirement = ""]) => requirement);
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

/** A Python wheel (a zip file) that is open for reading. */
interface Wheel {
  readonly path: string;
  readonly zip: ZipFile;
  readonly entries: ReadonlyMap<string, Entry>;
}

/**
 * Unpacks the files of a wheel whose path matches one of `wanted`, each checked against the SHA-256 that the wheel's
 * RECORD gives for it.
 *
 * @returns The wheel's METADATA.
 * @throws {Error} If the wheel is cut short, or a file is damaged or has no hash.
 */
async function unpackWheel(
  path: string,
  folder: string,
  wanted: readonly RegExp[],
  signal: AbortSignal | undefined,
): Promise<string> {
  const wheel = await openWheel(path);
  try {
    const hashes = parseRecord(await readDistInfo(wheel, "RECORD"));
    for (const [name, entry] of wheel.entries) {
      if (!wanted.some((pattern) => pattern.test(name))) continue;
      const hash = createHash("sha256");
      const onChunk = (chunk: Buffer) => void hash.update(chunk);
      await unpackEntry(wheel.zip, entry, join(folder, name), { onChunk, mode: modeOf(entry), signal });
      const expected = hashes.get(name);
      const got = hash.digest("base64url");
      if (got !== expected) {
        throw new Error(`${basename(path)} ${name}: expected SHA-256 ${expected ?? "in RECORD"}, got ${got}`);
      }
    }
    return await readDistInfo(wheel, "METADATA");
  } finally {
    wheel.zip.close();
  }
}

/** Opens a wheel and reads its table of contents; its `zip` is the caller's to close. */
async function openWheel(path: string): Promise<Wheel> {
  const notAWheel = (cause: Error): never => {
    throw new Error(`${basename(path)}: expected a whole wheel (zip), got ${cause.message}`, { cause });
  };
  const zip = await openZip(path).catch(notAWheel);
  const entries = new Map<string, Entry>();
  try {
    for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry);
  } catch (cause) {
    zip.close();
    notAWheel(cause as Error);
  }
  return { path, zip, entries };
}

/** A zip file keeps a file's mode in the upper half of its attributes; of it only "executable" matters. */
function modeOf(entry: Entry): number {
  const isExecutable = ((entry.externalFileAttributes >>> 16) & 0o100) !== 0;
  return isExecutable ? 0o755 : 0o644;
}

/** The text of a file in the wheel's `*.dist-info` folder, such as METADATA. */
async function readDistInfo({ path, zip, entries }: Wheel, name: string): Promise<string> {
  for (const [file, entry] of entries) {
    if (/^[^/]+\.dist-info\/[^/]+$/.test(file) && file.endsWith(`/${name}`)) {
      return (await buffer(await zip.openReadStreamPromise(entry))).toString("utf8");
    }
  }
  throw new Error(`${basename(path)}: expected a .dist-info/${name}, got none`);
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
