import { bytesField, doubleField, floatField, intField } from "../../protobuf/wire-format.ts";
import { crc32c } from "./crc32c.ts";

/**
 * One entry of a TensorBoard file. Field numbers are those of tensorflow/core/util/event.proto and
 * tensorflow/core/framework/summary.proto.
 */
export type Event =
  | { readonly kind: "version" }
  /** Entries at or after `step` that were written before are no longer valid: a run was resumed. */
  | { readonly kind: "restart"; readonly step: number }
  | { readonly kind: "scalar"; readonly step: number; readonly tag: string; readonly value: number }
  | { readonly kind: "image"; readonly step: number; readonly tag: string; readonly image: EncodedImage };

/** A PNG or JPEG file's bytes. */
export interface EncodedImage {
  readonly width: number;
  readonly height: number;
  readonly bytes: Uint8Array;
}

/** @param time Seconds since 1970. */
export function encodeEvent(event: Event, time: number): Buffer {
  return Buffer.concat([doubleField(1, time), ...fieldsOf(event)]);
}

function fieldsOf(event: Event): Buffer[] {
  switch (event.kind) {
    case "version":
      return [bytesField(3, "brain.Event:2")];
    case "restart":
      // SessionLog { status: START }
      return [intField(2, event.step), bytesField(7, [intField(1, 1)])];
    case "scalar":
      return [intField(2, event.step), summary([bytesField(1, event.tag), floatField(2, event.value)])];
    case "image": {
      const { width, height, bytes } = event.image;
      const image = [intField(1, height), intField(2, width), intField(3, 3), bytesField(4, bytes)];
      return [intField(2, event.step), summary([bytesField(1, event.tag), bytesField(4, image)])];
    }
  }
}

/** Summary { value: [Value] } */
function summary(value: readonly Buffer[]): Buffer {
  return bytesField(5, [bytesField(1, value)]);
}

/**
 * A record as TensorFlow's files frame it: length, checksum of the length, data, checksum of the data.
 *
 * Source: tensorflow.org, "TFRecord and tf.train.Example".
 */
export function frameRecord(data: Uint8Array): Buffer {
  const record = Buffer.alloc(8 + 4 + data.byteLength + 4);
  record.writeBigUInt64LE(BigInt(data.byteLength));
  record.writeUInt32LE(maskedChecksum(record.subarray(0, 8)), 8);
  record.set(data, 12);
  record.writeUInt32LE(maskedChecksum(data), 12 + data.byteLength);
  return record;
}

/** Rotated and shifted, so that a checksum of data that holds checksums does not come out as one of them. */
function maskedChecksum(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
