import { open } from "node:fs/promises";
import { JsonReader } from "./json-reader.ts";

/** Bytes in memory at a time. */
const WINDOW = 1 << 22;

/** Consecutive elements of one array of a file. */
interface RecordBatch {
  /** The key of the array in the file's object; undefined where the file is an array itself. */
  readonly key: string | undefined;
  /** Index of the first record in its array. */
  readonly first: number;
  readonly records: readonly unknown[];
}

/**
 * Reads the elements of a file's arrays, batch by batch: those of the file itself if it is a JSON array, else those of
 * the arrays that are members of its object. Every byte is parsed, but never more than a few megabytes at once, so that
 * no file is too large. An empty array gives one batch of no records.
 *
 * @throws {TypeError} If the file is not JSON, or neither an array nor an object; names the record or the byte.
 */
export async function* readRecords(file: string, windowSize = WINDOW): AsyncGenerator<RecordBatch> {
  const handle = await open(file).catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`${file}: expected a readable file, got ${cause.code}`, { cause });
  });
  try {
    const reader = new JsonReader(file, handle, windowSize);
    if (await reader.takes("[")) yield* arrayBatches(reader, undefined);
    else if (await reader.takes("{")) yield* memberBatches(reader);
    else throw reader.fault("a JSON array or object");
    if ((await reader.next()) !== undefined) throw reader.fault("the end of the file");
  } finally {
    await handle.close();
  }
}

/** The arrays among the members of an object, after its opening brace; other members are parsed and dropped. */
async function* memberBatches(reader: JsonReader): AsyncGenerator<RecordBatch> {
  if (await reader.takes("}")) return;
  do {
    const key = await reader.key();
    if (await reader.takes("[")) yield* arrayBatches(reader, key);
    else await reader.value(key);
  } while (await reader.takes(","));
  if (!(await reader.takes("}"))) throw reader.fault('"," or "}"');
}

/** The elements of an array, after its opening bracket. */
async function* arrayBatches(reader: JsonReader, key: string | undefined): AsyncGenerator<RecordBatch> {
  if (await reader.takes("]")) {
    yield { key, first: 0, records: [] };
    return;
  }
  let first = 0;
  do {
    const records = await reader.elements(key ?? "results", first);
    yield { key, first, records };
    first += records.length;
  } while (await reader.takes(","));
  if (!(await reader.takes("]"))) throw reader.fault('"," or "]"');
}
