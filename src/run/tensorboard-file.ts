import { open } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { bytesField, doubleField, floatField, intField } from "../protobuf/wire-format.ts";
import type { EncodedImage, RunObserver, RunRecord } from "./run-records.ts";

/**
 * Opens a new event file in a run's folder: `tensorboard --logdir RUN` reads all of a folder's files as one.
 *
 * @param firstStep Steps up to this one stay as earlier files have them; what those hold after it is dropped, as a
 * resumed run makes it again. Nothing is dropped without.
 */
export async function eventFile(folder: string, firstStep?: number): Promise<RunObserver> {
  const now = () => Date.now() / 1000;
  // The time orders a folder's files; milliseconds tell those of a quick resumption apart.
  const path = join(folder, `events.out.tfevents.${now().toFixed(3)}.${hostname()}.${process.pid}`);
  const file = await open(path, "a");
  const write = (event: Event) => file.appendFile(frameRecord(encodeEvent(event, now())));
  await write({ kind: "version" });
  if (firstStep !== undefined) await write({ kind: "restart", step: firstStep + 1 });
  return {
    async record(record) {
      for (const [tag, value] of scalarsOf(record))
        await write({ kind: "scalar", tag, step: record.step, value });
    },
    picture: (tag, step, image) => write({ kind: "image", tag, step, image }),
    close: () => file.close(),
  };
}

function scalarsOf(record: RunRecord): [tag: string, value: number][] {
  if (record.kind === "validation") {
    return Object.entries(record.scores).map(([name, value]) => [`validation/${name}`, value]);
  }
  if (record.kind === "attention") {
    return record.layers.map(({ layer, entropy }) => [`attention_entropy/${layer}`, entropy]);
  }
  return [
    ["train/loss", record.loss],
    ["train/learning_rate", record.learningRate],
    ["train/temperature", record.temperature],
    ["train/gradient_norm", record.gradientNorm],
    ["speed/images_per_second", record.imagesPerSecond],
    ["speed/wait_share", record.waitShare],
  ];
}

/**
 * One entry of a TensorBoard file. Field numbers are those of tensorflow/core/util/event.proto and
 * tensorflow/core/framework/summary.proto.
 */
type Event =
  | { readonly kind: "version" }
  /** Entries at or after `step` that were written before are no longer valid: a run was resumed. */
  | { readonly kind: "restart"; readonly step: number }
  | { readonly kind: "scalar"; readonly step: number; readonly tag: string; readonly value: number }
  | { readonly kind: "image"; readonly step: number; readonly tag: string; readonly image: EncodedImage };

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

/** CRC-32C (Castagnoli), the checksum of TensorFlow's record files. Source: RFC 3720, appendix B.4. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] as number);
  return ~crc >>> 0;
}

/** The polynomial 0x1edc6f41, its bits reversed. */
const POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
});
