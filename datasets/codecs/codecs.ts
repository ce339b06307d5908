import { darkCodec } from "./dark.ts";
import { gaussianCodec } from "./gaussian.ts";
import type { HeatmapCodec, HeatmapGrid } from "./heatmap-codec.ts";
import { udpCodec } from "./udp.ts";

/** Every codec, by the name a config gives it. */
export const CODECS = {
  gaussian: gaussianCodec,
  dark: darkCodec,
  udp: udpCodec,
} as const satisfies Record<string, (grid: HeatmapGrid) => HeatmapCodec>;

export type CodecName = keyof typeof CODECS;

export const CODEC_NAMES = Object.keys(CODECS) as readonly CodecName[];

/** @throws {RangeError} If there is no codec of that name, or the grid cannot be one. */
export function createCodec(name: string, grid: HeatmapGrid): HeatmapCodec {
  if (!Object.hasOwn(CODECS, name)) {
    throw new RangeError(`codec: expected one of ${CODEC_NAMES.join(", ")}, got ${JSON.stringify(name)}`);
  }
  if (!(grid.sigma > 0)) throw new RangeError(`codec: expected sigma > 0 cells, got ${grid.sigma}`);
  for (const side of [...grid.inputSize, ...grid.heatmapSize]) {
    if (!(Number.isInteger(side) && side > 1)) {
      throw new RangeError(`codec: expected sizes of whole pixels and cells above 1, got ${side}`);
    }
  }
  return CODECS[name as CodecName](grid);
}
