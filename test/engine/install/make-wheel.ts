import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { crc32 } from "node:zlib";

/**
 * Writes a wheel: a zip file (stored, not compressed) with a RECORD of its files' SHA-256.
 *
 * @param damaged A file whose last byte is changed after its hash was taken.
 */
export function makeWheel(
  path: string,
  distInfo: string,
  files: Record<string, string>,
  damaged?: string,
): void {
  const hash = (text: string) => createHash("sha256").update(text).digest("base64url");
  const record = Object.entries(files).map(
    ([name, text]) => `${name.includes(",") ? `"${name}"` : name},sha256=${hash(text)},${text.length}\n`,
  );
  const stored = Object.entries(files).map(([name, text]): [string, string] => [
    name,
    name === damaged ? `${text.slice(0, -1)}!` : text,
  ]);
  writeFileSync(path, zip([...stored, [`${distInfo}/RECORD`, `${record.join("")}${distInfo}/RECORD,,\n`]]));
}

/** Sections 4.3.7 (local header), 4.3.12 (directory) and 4.3.16 (end) of the zip specification, APPNOTE 6.3. */
function zip(files: [name: string, text: string][]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of files) {
    const [nameBytes, data] = [Buffer.from(name), Buffer.from(text)];
    const common = Buffer.alloc(26); // from "version needed" to "extra field length"
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(nameBytes.length, 22);
    const entry = Buffer.alloc(14); // from "comment length" to "offset of local header"
    const mode = name.includes("/bin/") ? 0o755 : 0o644;
    entry.writeUInt32LE(mode * 2 ** 16, 6);
    entry.writeUInt32LE(offset, 10);
    const body = Buffer.concat([Buffer.from("PK\x03\x04"), common, nameBytes, data]);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), common, entry, nameBytes]));
    bodies.push(body);
    offset += body.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(listing.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...bodies, listing, Buffer.from("PK\x05\x06"), end]);
}
