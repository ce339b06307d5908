/** An image in memory: sRGB, 8 bits a channel. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  /** R, G, B of each pixel, row by row from the top left: width · height · 3 numbers. */
  readonly data: Uint8Array;
}
