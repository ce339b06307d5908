import { type FileHandle, open } from "node:fs/promises";
import { widenBfloat16, widenFloat16 } from "./half-float.ts";
import {
  DTYPE_BYTES,
  type Dtype,
  encodeHeader,
  MAX_HEADER_BYTES,
  parseHeader,
  type SafetensorsHeader,
  type TensorEntry,
} from "./safetensors-header.ts";
import { writeAtomic } from "./write-atomic.ts";

/** A tensor in memory, off the engine. Half floats are widened to float32 when read. */
export interface HostTensor {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float32Array | Int32Array | BigInt64Array;
}

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, HostTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Writes tensors in the safetensors format, atomically: `path` holds the old file or the whole new one.
 *
 * Source: github.com/huggingface/safetensors, "Format".
 */
export async function writeSafetensors(path: string, { tensors, metadata }: Safetensors): Promise<void> {
  // Wide types first, as the format's own writer orders them: every tensor then starts aligned.
  const ordered = [...tensors].sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  let offset = 0;
  const entries = ordered.map(([name, tensor]): TensorEntry => {
    const begin = offset;
    offset += tensor.data.byteLength;
    return { name, dtype: dtypeOf(tensor.data), shape: tensor.shape, begin, end: offset };
  });
  const data = ordered.map(([, tensor]) => bytesOf(tensor.data));
  await writeAtomic(path, [encodeHeader({ entries, metadata }), ...data]);
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

function dtypeOf(data: HostTensor["data"]): Dtype {
  if (data instanceof Float32Array) return "F32";
  return data instanceof Int32Array ? "I32" : "I64";
}

function bytesOf(data: HostTensor["data"]): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
