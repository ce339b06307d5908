import { inflateSync } from "node:zlib";

/** A numeric array of a MATLAB file, column-major as MATLAB keeps it. */
export interface MatArray {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

const MATRIX = 14;
const COMPRESSED = 15;
/** MATLAB's number types: bytes each, and how to read one. */
const NUMBERS: Readonly<
  Record<number, [size: number, read: (view: DataView, at: number, little: boolean) => number]>
> = {
  1: [1, (view, at) => view.getInt8(at)],
  2: [1, (view, at) => view.getUint8(at)],
  3: [2, (view, at, little) => view.getInt16(at, little)],
  4: [2, (view, at, little) => view.getUint16(at, little)],
  5: [4, (view, at, little) => view.getInt32(at, little)],
  6: [4, (view, at, little) => view.getUint32(at, little)],
  7: [4, (view, at, little) => view.getFloat32(at, little)],
  9: [8, (view, at, little) => view.getFloat64(at, little)],
  12: [8, (view, at, little) => Number(view.getBigInt64(at, little))],
  13: [8, (view, at, little) => Number(view.getBigUint64(at, little))],
};
/** Classes of arrays of numbers: double, single and the integers; others (cells, structs, text, sparse) are skipped. */
const NUMERIC_CLASSES = new Set([6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
const HEADER = 128;
/** A compressed element may not claim to be larger than this. */
const MAX_INFLATED = 1 << 30;

/**
 * Reads the numeric arrays of a MATLAB file of level 5 (saved by any MATLAB with `-v6` or `-v7`).
 *
 * Source: MathWorks, "MAT-File Format", level 5.
 *
 * @throws {TypeError} If the bytes are not such a file; `where` begins the message.
 */
export function readMatArrays(bytes: Uint8Array, where: string): MatArray[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, 19));
  const order = bytes.byteLength >= HEADER ? view.getUint16(126, true) : 0;
  if (!text.startsWith("MATLAB 5.0 MAT-file") || (order !== 0x4d49 && order !== 0x494d)) {
    const got = /^MATLAB 7\.3/.test(text) ? "one of level 7.3 (save it with -v7)" : JSON.stringify(text);
    throw new TypeError(`${where}: expected a MATLAB file of level 5, got ${got}`);
  }
  const little = order === 0x4d49;
  try {
    return [...elements(view, HEADER, view.byteLength, little)].flatMap((element) =>
      arraysOf(element, little),
    );
  } catch (cause) {
    throw new TypeError(`${where}: expected a whole MATLAB file, got a damaged one`, { cause });
  }
}

interface Element {
  readonly type: number;
  readonly view: DataView;
}

function* elements(view: DataView, start: number, end: number, little: boolean): Generator<Element> {
  let at = start;
  while (at + 8 <= end) {
    const first = view.getUint32(at, little);
    // The small form packs size and type into the first four bytes, and the data into the next four.
    const isSmall = first >>> 16 !== 0;
    const type = isSmall ? first & 0xffff : first;
    const size = isSmall ? first >>> 16 : view.getUint32(at + 4, little);
    const from = at + (isSmall ? 4 : 8);
    if (from + size > end) throw new RangeError(`expected ${size} bytes of type ${type}, got ${end - from}`);
    yield { type, view: new DataView(view.buffer, view.byteOffset + from, size) };
    const padding = isSmall || type === COMPRESSED ? 0 : (8 - (size % 8)) % 8;
    at = isSmall ? at + 8 : from + size + padding;
  }
}

function arraysOf({ type, view }: Element, little: boolean): MatArray[] {
  if (type === COMPRESSED) {
    const packed = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    const inflated = inflateSync(packed, { maxOutputLength: MAX_INFLATED });
    const inner = new DataView(inflated.buffer, inflated.byteOffset, inflated.byteLength);
    return [...elements(inner, 0, inner.byteLength, little)].flatMap((element) => arraysOf(element, little));
  }
  if (type !== MATRIX) return [];
  const [flags, shape, name, real] = elements(view, 0, view.byteLength, little);
  if (!flags || !shape || !name || !real) return [];
  if (!NUMERIC_CLASSES.has(flags.view.getUint32(0, little) & 0xff)) return [];
  const array = {
    name: new TextDecoder("latin1").decode(name.view),
    shape: Array.from(numbersOf(shape, little)),
    data: numbersOf(real, little),
  };
  const expected = array.shape.reduce((product, size) => product * size, 1);
  if (array.data.length !== expected) {
    throw new RangeError(`${array.name}: expected ${expected} numbers, got ${array.data.length}`);
  }
  return [array];
}

function numbersOf({ type, view }: Element, little: boolean): Float64Array {
  const format = NUMBERS[type];
  if (format === undefined) throw new TypeError(`expected numbers, got MATLAB's type ${type}`);
  const [size, read] = format;
  return Float64Array.from({ length: view.byteLength / size }, (_, index) =>
    read(view, index * size, little),
  );
}
