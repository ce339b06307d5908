// Finds where the values of a JSON text end, byte by byte, without reading them: JSON.parse does that, on pieces.

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const WHITE_SPACE: ReadonlySet<number> = new Set([0x20, 0x0a, 0x0d, 0x09]);

/** Where a list of values, such as the inside of an array, can be cut. */
export interface ListCut {
  /** The first or the last comma between two values of the list; -1 if there is none. */
  readonly comma: number;
  /** The bracket or brace that closes the list; -1 if it lies beyond the end, or beyond the first comma. */
  readonly close: number;
}

/**
 * Walks a list of values to its close or to `end`, or, to find the first comma, only up to that.
 *
 * @param start Lies between two values.
 */
export function scanList(bytes: Uint8Array, start: number, end: number, find: "first" | "last"): ListCut {
  let depth = 0;
  let comma = -1;
  for (let i = start; i < end; i += 1) {
    const byte = bytes[i] as number;
    if (byte > COMMA && byte < OPEN_BRACKET) continue; // digits, signs, points: nearly all bytes of such files
    if (byte === COMMA) {
      if (depth > 0) continue;
      comma = i;
      if (find === "first") break;
    } else if (byte === QUOTE) {
      i = endOfString(bytes, i, end);
      if (i < 0) break;
    } else if (byte === OPEN_BRACKET || byte === OPEN_BRACE) {
      depth += 1;
    } else if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE) {
      if (depth === 0) return { comma, close: i };
      depth -= 1;
    }
  }
  return { comma, close: -1 };
}

/** The quote that closes the string opened at `start`; -1 if it lies beyond `end`. */
export function endOfString(bytes: Uint8Array, start: number, end: number): number {
  for (let i = start + 1; i < end; i += 1) {
    if (bytes[i] === QUOTE) return i;
    if (bytes[i] === BACKSLASH) i += 1;
  }
  return -1;
}

/** First byte from `start` on that is no white space, or `end`. */
export function skipSpace(bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  while (i < end && WHITE_SPACE.has(bytes[i] as number)) i += 1;
  return i;
}
