/**
 * The little of Matroska that carries raw RGB frames with their time stamps through a pipe, which ffmpeg's own formats
 * for raw frames do not. Source: RFC 9559 (Matroska), RFC 8794 (EBML).
 */

/** Time stamps are in microseconds. */
const NANOSECONDS_A_TICK = 1000;

/** What comes before the first frame. */
export function matroskaHeader(width: number, height: number): Uint8Array {
  return Buffer.concat([
    element(0x1a45dfa3, text(0x4282, "matroska"), number(0x4287, 4), number(0x4285, 2)),
    // A segment of unknown size: it ends with the pipe.
    Buffer.from("1853806701ffffffffffffff", "hex"),
    element(0x1549a966, number(0x2ad7b1, NANOSECONDS_A_TICK), text(0x4d80, "dypose"), text(0x5741, "dypose")),
    element(
      0x1654ae6b,
      element(
        0xae,
        ...[number(0xd7, 1), number(0x73c5, 1), number(0x83, 1), number(0x9c, 0)],
        text(0x86, "V_UNCOMPRESSED"),
        element(0xe0, number(0xb0, width), number(0xba, height), text(0x2eb524, "RGB\x18")),
      ),
    ),
  ]);
}

/**
 * A frame as a cluster of its own, in parts to be written one after the other, so that the pixels are not copied.
 *
 * @param microseconds From the first frame on.
 */
export function matroskaFrame(pixels: Uint8Array, microseconds: number): Uint8Array[] {
  // Track 1, at the cluster's own time, a whole picture.
  const block = Buffer.from([0x81, 0, 0, 0x80]);
  const time = number(0xe7, microseconds);
  const size = block.length + pixels.length;
  const blockHead = Buffer.concat([idBytes(0xa3), sizeBytes(size), block]);
  const cluster = Buffer.concat([
    idBytes(0x1f43b675),
    sizeBytes(time.length + blockHead.length + pixels.length),
  ]);
  return [Buffer.concat([cluster, time, blockHead]), pixels];
}

function element(id: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([idBytes(id), sizeBytes(body.length), body]);
}

function number(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return element(id, bytes);
}

const text = (id: number, value: string) => element(id, Buffer.from(value, "latin1"));

function idBytes(id: number): Buffer {
  const hex = id.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
}

/** Always in eight bytes: a 1 in front of 56 bits. */
function sizeBytes(size: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(size) | (1n << 56n));
  return bytes;
}
