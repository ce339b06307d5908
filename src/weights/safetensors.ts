/** The safetensors format: tensors by name, with free text, in one file. Source: github.com/huggingface/safetensors, "Format". */
import { type FileHandle, open } from "node:fs/promises";
import { z } from "zod";
import { writeAtomic } from "../../datasets/files/write-atomic.ts";

/** A tensor in memory, off the engine. Half floats are widened to float32 when read. */
export interface HostTensor {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float32Array | Int32Array | BigInt64Array;
}

interface WriteOptions {
  /** Store float32 as half floats (F16), each rounded to the nearest: half the bytes. @default false */
  readonly half?: boolean;
}

interface Safetensors {
  readonly tensors: ReadonlyMap<string, HostTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Element types that are read, with their size in bytes. */
const DTYPE_BYTES = { F32: 4, F16: 2, BF16: 2, I32: 4, I64: 8 } as const;
type Dtype = keyof typeof DTYPE_BYTES;

/** Where one tensor lies in the file's data section. */
interface TensorEntry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Bytes from the start of the data section. */
  readonly begin: number;
  readonly end: number;
}

interface SafetensorsHeader {
  readonly entries: readonly TensorEntry[];
  /** Free text by key. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Writes a file atomically: `path` holds the old file or the whole new one. */
export async function writeSafetensors(
  path: string,
  { tensors, metadata }: Safetensors,
  { half = false }: WriteOptions = {},
): Promise<void> {
  const stored = [...tensors].map(([name, { shape, data }]) => ({ name, shape, ...encode(data, half) }));
  // Wide types first, as the format's own writer orders them: every tensor then starts aligned.
  const ordered = stored.sort((a, b) => DTYPE_BYTES[b.dtype] - DTYPE_BYTES[a.dtype]);
  let offset = 0;
  const entries = ordered.map(({ name, dtype, shape, bytes }): TensorEntry => {
    const begin = offset;
    offset += bytes.byteLength;
    return { name, dtype, shape, begin, end: offset };
  });
  await writeAtomic(path, [encodeHeader({ entries, metadata }), ...ordered.map(({ bytes }) => bytes)]);
}

/**
 * Reads every tensor of a file, or those that `wanted` picks.
 *
 * @throws {Error} For a file that is missing, truncated, too long or not safetensors: one line that names it.
 */
export async function readSafetensors(
  path: string,
  wanted: (name: string) => boolean = () => true,
): Promise<Safetensors> {
  return withFile(path, async (file) => {
    const { header, dataStart } = await readHeaderOf(path, file);
    const tensors = new Map<string, HostTensor>();
    for (const entry of header.entries) {
      if (!wanted(entry.name)) continue;
      const bytes = await readExactly(path, file, dataStart + entry.begin, entry.end - entry.begin);
      tensors.set(entry.name, { shape: entry.shape, data: decode(entry.dtype, bytes) });
    }
    return { tensors, metadata: header.metadata };
  });
}

/** Reads what a file holds (names, types, shapes, metadata) without its tensors. Errors as {@link readSafetensors}. */
export async function readSafetensorsHeader(path: string): Promise<SafetensorsHeader> {
  return withFile(path, async (file) => (await readHeaderOf(path, file)).header);
}

async function withFile<T>(path: string, read: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, "r").catch((cause) => {
    throw new Error(`${path}: expected a safetensors file, got ${cause.code ?? cause}`, { cause });
  });
  try {
    return await read(file);
  } finally {
    await file.close();
  }
}

async function readHeaderOf(path: string, file: FileHandle) {
  const { size } = await file.stat();
  if (size < 8) throw new Error(`${path}: expected a safetensors file, got only ${size} bytes`);
  const length = (await readExactly(path, file, 0, 8)).readBigUInt64LE();
  if (length > MAX_HEADER_BYTES || Number(length) > size - 8) {
    throw new Error(
      `${path}: expected a safetensors header within the file's ${size} bytes, got a length of ${length}: truncated, or not safetensors`,
    );
  }
  const dataStart = 8 + Number(length);
  const json = await readExactly(path, file, 8, Number(length));
  return { header: parseHeader(path, json, size - dataStart), dataStart };
}

/** A fresh buffer of its own, so that typed arrays can be laid over it from byte 0. */
async function readExactly(
  path: string,
  file: FileHandle,
  position: number,
  length: number,
): Promise<Buffer> {
  const bytes = Buffer.from(new ArrayBuffer(length));
  for (let got = 0; got < length; ) {
    const { bytesRead } = await file.read(bytes, got, length - got, position + got);
    if (bytesRead === 0) throw new Error(`${path}: expected ${length} bytes at ${position}, got ${got}`);
    got += bytesRead;
  }
  return bytes;
}

function decode(dtype: Dtype, bytes: Buffer): HostTensor["data"] {
  const length = bytes.byteLength / DTYPE_BYTES[dtype];
  switch (dtype) {
    case "F32":
      return new Float32Array(bytes.buffer as ArrayBuffer, 0, length);
    case "I32":
      return new Int32Array(bytes.buffer as ArrayBuffer, 0, length);
    case "I64":
      return new BigInt64Array(bytes.buffer as ArrayBuffer, 0, length);
    case "F16":
      return widenFloat16(new Uint16Array(bytes.buffer as ArrayBuffer, 0, length));
    case "BF16":
      return widenBfloat16(new Uint16Array(bytes.buffer as ArrayBuffer, 0, length));
  }
}

function encode(data: HostTensor["data"], half: boolean): { dtype: Dtype; bytes: Uint8Array } {
  if (data instanceof Float32Array) {
    return half
      ? { dtype: "F16", bytes: bytesOf(narrowToFloat16(data)) }
      : { dtype: "F32", bytes: bytesOf(data) };
  }
  return { dtype: data instanceof Int32Array ? "I32" : "I64", bytes: bytesOf(data) };
}

function bytesOf(data: HostTensor["data"] | Uint16Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** The format's own limit: a longer header is a sign of a corrupt file. */
const MAX_HEADER_BYTES = 100_000_000;

const size = z.number().int().nonnegative();
const headerSchema = z
  .object({ __metadata__: z.record(z.string(), z.string()).optional() })
  .catchall(z.object({ dtype: z.string(), shape: z.array(size), data_offsets: z.tuple([size, size]) }));

/** 8 bytes of length, then the header as JSON, padded with spaces so that data starts at a multiple of 8. */
function encodeHeader(header: SafetensorsHeader): Uint8Array {
  const tensors = header.entries.map(({ name, dtype, shape, begin, end }) => [
    name,
    { dtype, shape, data_offsets: [begin, end] },
  ]);
  const json = Buffer.from(JSON.stringify({ __metadata__: header.metadata, ...Object.fromEntries(tensors) }));
  const padded = Math.ceil(json.byteLength / 8) * 8;
  const bytes = Buffer.alloc(8 + padded, " ");
  bytes.writeBigUInt64LE(BigInt(padded));
  json.copy(bytes, 8);
  return bytes;
}

/**
 * Parses and checks a header: every tensor's bytes must be its shape times its type's size, and the tensors must cover
 * the data section without gap or overlap, so that nothing read later can lie outside the file.
 *
 * @param json The header's bytes, without the length before them.
 * @param dataBytes Size of the data section: what the file holds after the header.
 * @throws {Error} Naming `path` and what is wrong.
 */
function parseHeader(path: string, json: Uint8Array, dataBytes: number): SafetensorsHeader {
  const parsed = headerSchema.safeParse(parseJson(path, json));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(
      `${path}: expected a safetensors header, got ${issue?.path.join(".")}: ${issue?.message}`,
    );
  }
  const { __metadata__: metadata = {}, ...tensors } = parsed.data;
  const entries = Object.entries(tensors).map(([name, { dtype, shape, data_offsets: offsets }]) => {
    if (!(dtype in DTYPE_BYTES)) {
      throw new Error(`${path} ${name}: expected dtype ${Object.keys(DTYPE_BYTES).join(", ")}, got ${dtype}`);
    }
    return { name, dtype: dtype as Dtype, shape, begin: offsets[0], end: offsets[1] };
  });
  checkLayout(path, entries, dataBytes);
  return { entries, metadata };
}

function parseJson(path: string, json: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json));
  } catch (cause) {
    throw new Error(`${path}: expected a JSON header of ${json.byteLength} bytes, got something else`, {
      cause,
    });
  }
}

function checkLayout(path: string, entries: readonly TensorEntry[], dataBytes: number): void {
  let covered = 0;
  for (const entry of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    const expected = entry.shape.reduce((product, side) => product * side, DTYPE_BYTES[entry.dtype]);
    if (entry.end - entry.begin !== expected) {
      throw new Error(
        `${path} ${entry.name}: expected ${expected} bytes for ${entry.dtype} [${entry.shape}], got ${entry.end - entry.begin}`,
      );
    }
    if (entry.begin !== covered) {
      throw new Error(`${path} ${entry.name}: expected to start at byte ${covered}, got ${entry.begin}`);
    }
    covered = entry.end;
  }
  if (covered !== dataBytes) {
    const state = dataBytes < covered ? "truncated" : "longer than its header says";
    throw new Error(`${path}: expected ${covered} bytes of tensors, got ${dataBytes}: the file is ${state}`);
  }
}

/** A float32 view of one number, to build it from bits. */
const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** Widens bfloat16 (the upper half of a float32) to float32: exact. */
export function widenBfloat16(halves: Uint16Array): Float32Array {
  const wide = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) wide[i] = (halves[i] as number) << 16;
  return new Float32Array(wide.buffer);
}

/** Widens IEEE 754 binary16 to float32: exact, subnormals, infinities and NaN included. */
export function widenFloat16(halves: Uint16Array): Float32Array {
  return Float32Array.from(halves, widenOne);
}

function widenOne(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  // Rebias from 15 to 127; an exponent of all ones stays all ones (infinity, NaN).
  bits[0] =
    (((half & 0x8000) << 16) | ((exponent === 31 ? 255 : exponent + 112) << 23) | (fraction << 13)) >>> 0;
  return float[0] as number;
}

/**
 * Rounds float32 to IEEE 754 binary16: to the nearest half, of two equally near to the one whose last bit is 0. What is
 * too large becomes infinite.
 */
export function narrowToFloat16(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, narrowOne);
}

function narrowOne(value: number): number {
  float[0] = value;
  const word = bits[0] as number;
  const sign = (word >>> 16) & 0x8000;
  const size = word & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00; // NaN
  if (size >= 0x477ff000) return sign | 0x7c00; // 65520 and more round to infinity
  // Below the least normal half, 2⁻¹⁴: counted in steps of 2⁻²⁴, which a float64 holds exactly.
  if (size < 0x38800000) return sign | roundToEven(Math.abs(value) * 2 ** 24);
  // The exponent's bias drops from 127 to 15; that rounding may carry into it is right.
  return sign | ((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13);
}

function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
