import sharp, { type Sharp } from "sharp";
import type { RgbImage } from "../image/rgb-image.ts";
import { escapeXml } from "./escape-xml.ts";

export interface Tile {
  /** Pixels, or an encoded picture. */
  readonly image: RgbImage | Uint8Array;
  /** One line, written below. */
  readonly caption?: string;
}

export interface SheetOptions {
  /** Tiles side by side. @default 4 */
  readonly columns?: number;
  /** Height and width that each picture is fitted into, pixels. @default [240, 320] */
  readonly tileSize?: readonly [height: number, width: number];
  /** @default "jpeg" */
  readonly format?: "jpeg" | "png";
}

const GAP = 4;
const CAPTION_HEIGHT = 18;
const BACKGROUND = "#202020";

/**
 * Lays pictures out in a grid, row by row.
 *
 * @returns The bytes of one JPEG or PNG.
 * @throws {RangeError} If there is no tile, or a size is not positive.
 */
export async function contactSheet(tiles: readonly Tile[], options: SheetOptions = {}): Promise<Buffer> {
  const { columns = 4, tileSize = [240, 320], format = "jpeg" } = options;
  if (tiles.length === 0) throw new RangeError("contactSheet: expected at least one tile, got none");
  if (!(columns >= 1 && tileSize[0] >= 1 && tileSize[1] >= 1)) {
    throw new RangeError(`contactSheet: expected sizes ≥ 1, got ${columns} columns of ${tileSize.join("x")}`);
  }
  const [height, width] = tileSize;
  const rowHeight = height + GAP + (tiles.some(({ caption }) => caption) ? CAPTION_HEIGHT : 0);
  const used = Math.min(columns, tiles.length);
  const layers = await Promise.all(
    tiles.map(async ({ image }, index) => {
      const fitted = await open(image)
        .resize(width, height, { fit: "contain", background: BACKGROUND })
        .png()
        .toBuffer();
      return {
        input: fitted,
        left: (index % used) * (width + GAP),
        top: Math.floor(index / used) * rowHeight,
      };
    }),
  );
  const sheetWidth = used * (width + GAP) - GAP;
  const sheetHeight = Math.ceil(tiles.length / used) * rowHeight - GAP;
  const captions = tiles.map(({ caption = "" }, index) => {
    const [x, y] = [(index % used) * (width + GAP) + 4, Math.floor(index / used) * rowHeight + height + 13];
    return `<text x="${x}" y="${y}" font-family="sans-serif" font-size="12" fill="#ddd">${escapeXml(caption)}</text>`;
  });
  const text = `<svg xmlns="http://www.w3.org/2000/svg" width="${sheetWidth}" height="${sheetHeight}">${captions.join("")}</svg>`;
  const sheet = sharp({
    create: { width: sheetWidth, height: sheetHeight, channels: 3, background: BACKGROUND },
  });
  const drawn = sheet.composite([...layers, { input: Buffer.from(text), left: 0, top: 0 }]);
  return format === "png" ? drawn.png().toBuffer() : drawn.jpeg({ quality: 90 }).toBuffer();
}

function open(image: RgbImage | Uint8Array): Sharp {
  if (image instanceof Uint8Array) return sharp(image);
  return sharp(image.data, { raw: { width: image.width, height: image.height, channels: 3 } });
}
