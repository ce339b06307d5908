import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { crc32c, encodeEvent, frameRecord } from "../../src/run/tensorboard-file.ts";

const FIXTURE = new URL("../fixtures/train/events.json", import.meta.url);
const { time, records } = JSON.parse(readFileSync(FIXTURE, "utf8"));

/** JSON has no bytes: an image's are hexadecimal in the fixture. */
function revive(event: { kind: string; image?: { bytes: string } }) {
  if (event.kind !== "image") return event;
  return { ...event, image: { ...event.image, bytes: Buffer.from(event.image?.bytes ?? "", "hex") } };
}

test.for(records as { event: { kind: string }; framed: string }[])(
  "a $event.kind is written byte for byte as tensorboard writes it",
  ({ event, framed }) => {
    const record = frameRecord(encodeEvent(revive(event) as Parameters<typeof encodeEvent>[0], time));
    expect(record.toString("hex")).toBe(framed);
  },
);

test("the checksum is that of RFC 3720's examples", () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
});
