import { readFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { crc32c, encodeEvent, eventFile, frameRecord } from "../../src/run/tensorboard-file.ts";

const FIXTURE = new URL("../fixtures/run/events.json", import.meta.url);
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

test("a resumed run tells tensorboard to drop what earlier files have from its next step on", async () => {
  const folder = await mkdtemp(join(tmpdir(), "dypose-events-"));
  for (const firstStep of [undefined, 4]) {
    await (await eventFile(folder, firstStep)).close?.();
    // Files are told apart by the millisecond.
    await setTimeout(5);
  }
  const files = (await readdir(folder)).sort();
  const events = await Promise.all(files.map(async (name) => eventsOf(await readFile(join(folder, name)))));
  const version = withoutTime(encodeEvent({ kind: "version" }, 0));
  const restart = withoutTime(encodeEvent({ kind: "restart", step: 5 }, 0));
  expect(events).toEqual([[version], [version, restart]]);
  await rm(folder, { recursive: true });
});

/** The events of a file, in hexadecimal. */
function eventsOf(file: Buffer): string[] {
  const events: string[] = [];
  // Length (8 bytes), its checksum (4), data, its checksum (4).
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    events.push(withoutTime(file.subarray(at + 12, at + 12 + length)));
    at += 12 + length + 4;
  }
  return events;
}

/** The time is an event's first field: a tag and 8 bytes. */
function withoutTime(event: Buffer): string {
  return event.subarray(9).toString("hex");
}
