import { z } from "zod";

/** Element types read here, with their size in bytes. */
export const DTYPE_BYTES = { F32: 4, F16: 2, BF16: 2, I32: 4, I64: 8 } as const;
export type Dtype = keyof typeof DTYPE_BYTES;

/** Where one tensor lies in the file's data section. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Bytes from the start of the data section. */
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly entries: readonly TensorEntry[];
  /** Free text by key. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The format's own limit: a longer header is a sign of a corrupt file. */
export const MAX_HEADER_BYTES = 100_000_000;

const size = z.number().int().nonnegative();
const headerSchema = z
  .object({ __metadata__: z.record(z.string(), z.string()).optional() })
  .catchall(z.object({ dtype: z.string(), shape: z.array(size), data_offsets: z.tuple([size, size]) }));

/** The header as the format wants it: 8 bytes of length, then JSON padded with spaces so that data starts at a multiple of 8. */
export function encodeHeader(header: SafetensorsHeader): Uint8Array {
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
export function parseHeader(path: string, json: Uint8Array, dataBytes: number): SafetensorsHeader {
  const parsed = headerSchema.safeParse(parseJson(path, json));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(
      `${path}: expected a safetensors header, got ${issue?.path.join(".")}: ${issue?.message}`,
    );
  }
  const { __metadata__: metadata = {}, ...tensors } = parsed.data;
  const entries = Object.entries(tensors).map(
    ([
      name,
      {
        dtype,
        shape,
        data_offsets: [begin, end],
      },
    ]) => {
      if (!(dtype in DTYPE_BYTES)) {
        throw new Error(
          `${path} ${name}: expected dtype ${Object.keys(DTYPE_BYTES).join(", ")}, got ${dtype}`,
        );
      }
      return { name, dtype: dtype as Dtype, shape, begin, end };
    },
  );
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
