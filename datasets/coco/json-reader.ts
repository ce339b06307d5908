import type { FileHandle } from "node:fs/promises";

/** Characters of a faulty text that an error shows. */
const EXCERPT = 40;

/** Reads a JSON file from front to back, through a window that moves on as values are taken. */
export class JsonReader {
  readonly #file: string;
  readonly #handle: FileHandle;
  #bytes: Buffer;
  /** First byte not yet taken, and first one not yet read, in the window. */
  #start = 0;
  #end = 0;
  /** Position in the file of the window's first byte. */
  #offset = 0;

  /** @param windowSize Bytes in memory at a time, unless one value needs more. */
  constructor(file: string, handle: FileHandle, windowSize: number) {
    this.#file = file;
    this.#handle = handle;
    this.#bytes = Buffer.allocUnsafe(windowSize);
  }

  /** The next character that is no white space, left in place; undefined at the end of the file. */
  async next(): Promise<string | undefined> {
    do {
      this.#start = skipSpace(this.#bytes, this.#start, this.#end);
      if (this.#start < this.#end) return String.fromCharCode(this.#bytes[this.#start] as number);
    } while (await this.#readMore());
    return undefined;
  }

  /** Takes the next character if it is this one. */
  async takes(character: string): Promise<boolean> {
    if ((await this.next()) !== character) return false;
    this.#start += 1;
    return true;
  }

  /** Takes a key of an object and the colon after it. */
  async key(): Promise<string> {
    if ((await this.next()) !== '"') throw this.fault("a key in double quotes");
    const quote = await this.#find(() => endOfString(this.#bytes, this.#start, this.#end));
    const key: unknown = this.#parse(this.#start, quote + 1, "key");
    this.#start = quote + 1;
    if (!(await this.takes(":"))) throw this.fault(`":" after the key ${key}`);
    return String(key);
  }

  /** Takes one value, up to the comma, bracket or brace behind it. */
  async value(name: string): Promise<unknown> {
    const end = await this.#find(() => {
      const { comma, close } = scanList(this.#bytes, this.#start, this.#end, "first");
      return comma < 0 ? close : comma;
    });
    const value = this.#parse(this.#start, end, name);
    this.#start = end;
    return value;
  }

  /**
   * Takes the elements of an array that lie in the window whole, at least one; a comma or the bracket comes next.
   *
   * @param name Of the array.
   * @param first Index of the first of these elements.
   */
  async elements(name: string, first: number): Promise<unknown[]> {
    const end = await this.#find(() => {
      const { comma, close } = scanList(this.#bytes, this.#start, this.#end, "last");
      return close < 0 ? comma : close;
    });
    const values = this.#parseList(end);
    if (values === undefined) return this.#elementByElement(end, name, first);
    this.#start = end;
    return values;
  }

  /** The error that something else than what was expected stands at the next byte. */
  fault(expected: string): TypeError {
    const rest = this.#bytes.toString("utf8", this.#start, Math.min(this.#end, this.#start + EXCERPT));
    const found = rest === "" ? "the end of the file" : `"${excerptOf(rest)}"`;
    return new TypeError(
      `${this.#file} byte ${this.#offset + this.#start}: expected ${expected}, got ${found}`,
    );
  }

  #parseList(end: number): unknown[] | undefined {
    try {
      const values = JSON.parse(`[${this.#bytes.toString("utf8", this.#start, end)}]`) as unknown[];
      return values.length > 0 ? values : undefined;
    } catch {
      return undefined;
    }
  }

  /** For a list that does not parse: element by element, so that the first faulty one gives the error. */
  async #elementByElement(end: number, name: string, first: number): Promise<unknown[]> {
    const values: unknown[] = [];
    do values.push(await this.value(`${name}[${first + values.length}]`));
    while (this.#start < end && (await this.takes(",")));
    return values;
  }

  #parse(start: number, end: number, name: string): unknown {
    const text = this.#bytes.toString("utf8", start, end);
    try {
      return JSON.parse(text);
    } catch (cause) {
      const found = text.trim() === "" ? "nothing" : `"${excerptOf(text)}"`;
      throw new TypeError(`${this.#file} ${name}: expected JSON, got ${found}`, { cause });
    }
  }

  /** Looks for a position in the window, and reads on until it is found. */
  async #find(look: () => number): Promise<number> {
    for (;;) {
      const position = look();
      if (position >= 0) return position;
      if (await this.#readMore()) continue;
      this.#start = this.#end;
      throw this.fault("a value and what closes it");
    }
  }

  /** Reads on after what is not yet taken; false at the end of the file. */
  async #readMore(): Promise<boolean> {
    const kept = this.#end - this.#start;
    // A value that fills half the window needs a larger one.
    const bytes = 2 * kept > this.#bytes.length ? Buffer.allocUnsafe(2 * this.#bytes.length) : this.#bytes;
    this.#bytes.copy(bytes, 0, this.#start, this.#end);
    const { bytesRead } = await this.#handle.read(bytes, kept, bytes.length - kept);
    this.#offset += this.#start;
    this.#bytes = bytes;
    this.#start = 0;
    this.#end = kept + bytesRead;
    return bytesRead > 0;
  }
}

function excerptOf(text: string): string {
  return text.trim().slice(0, EXCERPT).replaceAll(/\s+/g, " ");
}

// The functions below find where values of a JSON text end, byte by byte; JSON.parse then reads the pieces.

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const WHITE_SPACE: ReadonlySet<number> = new Set([0x20, 0x0a, 0x0d, 0x09]);

/** Where a list of values, such as the inside of an array, can be cut. */
interface ListCut {
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
function scanList(bytes: Uint8Array, start: number, end: number, find: "first" | "last"): ListCut {
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
function endOfString(bytes: Uint8Array, start: number, end: number): number {
  for (let i = start + 1; i < end; i += 1) {
    if (bytes[i] === QUOTE) return i;
    if (bytes[i] === BACKSLASH) i += 1;
  }
  return -1;
}

/** First byte from `start` on that is no white space, or `end`. */
function skipSpace(bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  while (i < end && WHITE_SPACE.has(bytes[i] as number)) i += 1;
  return i;
}
