import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import type { PersonSample } from "../../../datasets/loader/person-sample.ts";

/** A folder of noise pictures, `0.jpg` and so on, each 160 x 120. */
export async function makePictures(count: number): Promise<{ dir: string; remove: () => void }> {
  const dir = mkdtempSync(join(tmpdir(), "dypose-pictures-"));
  for (let index = 0; index < count; index += 1) {
    writeFileSync(join(dir, `${index}.jpg`), await picture(index));
  }
  return { dir, remove: () => rmSync(dir, { recursive: true }) };
}

/** The bytes of one noise picture. */
export function picture(index: number): Promise<Buffer> {
  const data = Uint8Array.from(
    { length: 160 * 120 * 3 },
    (_, i) => Math.imul(Math.floor(i / 24) + 1 + index * 7919, 2654435761) >>> 24,
  );
  return sharp(data, { raw: { width: 160, height: 120, channels: 3 } })
    .jpeg()
    .toBuffer();
}

/** Persons, two in each picture: annotation 10 i + 1 and 10 i + 2 of image 100 + i. */
export function makePersons(pictures: number): PersonSample[] {
  return Array.from({ length: 2 * pictures }, (_, n) => {
    const index = Math.floor(n / 2);
    return {
      imageId: 100 + index,
      annotationId: 10 * index + (n % 2) + 1,
      fileName: `${index}.jpg`,
      box: { x: 20 + 50 * (n % 2), y: 10, width: 60, height: 100 },
      keypoints: Array.from({ length: 17 }, (_, k) => [25 + 3 * k + 50 * (n % 2), 15 + 5 * k, 2]).flat(),
    };
  });
}
