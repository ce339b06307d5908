import type { RgbImage } from "../../datasets/image/rgb-image.ts";
import {
  completeOptions,
  type DetectPersonsOptions,
  type PersonBox,
  type PersonDetector,
  suppressOverlaps,
} from "./person-detector.ts";

export interface TileOptions {
  /** Side of a tile, picture pixels: persons of a tenth of it and more are found. @default 640 */
  readonly size?: number;
  /** Share of a tile that its neighbour shows too; persons that do not fit into it may be cut. @default 0.25 */
  readonly overlap?: number;
}

/** Above it two boxes are of one person; a tile sees a person somewhat differently than the whole picture does. */
const MAX_IOU = 0.5;
/** Share of a tile's side: a box that ends so near to a cut has been cut. */
const CUT_MARGIN = 0.01;

/**
 * Makes a detector look at overlapping tiles of a picture, too, and not at the whole alone: for large pictures with
 * small people, at the cost of one detection a tile. A picture not larger than a tile is looked at once.
 *
 * Of what is found in a tile, boxes that end at its cut edges are left to the neighbour, or to the whole picture.
 *
 * @param detector Stays in use; disposing the result disposes it.
 */
export function inTiles(detector: PersonDetector, options: TileOptions = {}): PersonDetector {
  const { size = 640, overlap = 0.25 } = options;
  if (!(Number.isInteger(size) && size >= 32)) {
    throw new RangeError(`inTiles: expected a whole size of at least 32 pixels, got ${size}`);
  }
  if (!(overlap >= 0 && overlap < 1)) {
    throw new RangeError(`inTiles: expected an overlap from 0 to below 1, got ${overlap}`);
  }
  return {
    name: `${detector.name}, tiles of ${size}`,
    async detect(image, options = {}) {
      const boxes = await detector.detect(image, options);
      if (image.width <= size && image.height <= size) return boxes;
      const all = [...boxes];
      for (const top of tileStarts(image.height, size, overlap)) {
        for (const left of tileStarts(image.width, size, overlap)) {
          all.push(...(await detectInTile(detector, image, { left, top, size }, options)));
        }
      }
      return suppressOverlaps(all, MAX_IOU, completeOptions(options).maxPersons);
    },
    dispose: () => detector.dispose(),
  };
}

/** Where tiles begin along a side: evenly, the first at 0 and the last ending with the picture. */
export function tileStarts(length: number, size: number, overlap: number): number[] {
  if (length <= size) return [0];
  const count = Math.ceil((length - size) / (size * (1 - overlap))) + 1;
  return Array.from({ length: count }, (_, i) => Math.round((i * (length - size)) / (count - 1)));
}

interface Tile {
  readonly left: number;
  readonly top: number;
  readonly size: number;
}

async function detectInTile(
  detector: PersonDetector,
  image: RgbImage,
  tile: Tile,
  options: DetectPersonsOptions,
): Promise<PersonBox[]> {
  const part = cut(image, tile);
  const margin = CUT_MARGIN * tile.size;
  const [right, bottom] = [tile.left + part.width, tile.top + part.height];
  return (await detector.detect(part, options)).flatMap((box) => {
    const [x, y] = [box.x + tile.left, box.y + tile.top];
    const isWhole =
      (tile.left === 0 || box.x >= margin) &&
      (tile.top === 0 || box.y >= margin) &&
      (right === image.width || x + box.width <= right - margin) &&
      (bottom === image.height || y + box.height <= bottom - margin);
    return isWhole ? [{ ...box, x, y }] : [];
  });
}

function cut(image: RgbImage, { left, top, size }: Tile): RgbImage {
  const [width, height] = [Math.min(size, image.width - left), Math.min(size, image.height - top)];
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    const from = 3 * ((top + y) * image.width + left);
    data.set(image.data.subarray(from, from + 3 * width), 3 * width * y);
  }
  return { width, height, data };
}
