// The few pieces of protobuf's wire format that event files and graphs need: each function makes the bytes of one field,
// and a message is the concatenation of its fields. Source: protobuf.dev, "Encoding".

/** Wire types. */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** A whole number (int32, int64, enum, bool). */
export function intField(field: number, value: number): Buffer {
  return Buffer.concat([tag(field, VARINT), varint(value)]);
}

export function doubleField(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([tag(field, FIXED64), bytes]);
}

export function floatField(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([tag(field, FIXED32), bytes]);
}

/** Bytes, text or a message's fields. */
export function bytesField(field: number, value: Uint8Array | string | readonly Buffer[]): Buffer {
  const isContent = typeof value === "string" || value instanceof Uint8Array;
  const bytes = isContent ? Buffer.from(value) : Buffer.concat(value);
  return Buffer.concat([tag(field, BYTES), varint(bytes.byteLength), bytes]);
}

function tag(field: number, wireType: number): Buffer {
  return varint(field * 8 + wireType);
}

/** Seven bits a byte, the lowest first; the top bit says that more follow. Negative numbers count from 2⁶⁴ down. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const more = rest >= 128n;
    bytes.push(Number(rest % 128n) + (more ? 128 : 0));
    rest /= 128n;
  } while (rest > 0n);
  return Buffer.from(bytes);
}
