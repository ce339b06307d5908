/** A picture, or a rectangle of one, in memory: sRGB, 8 bits a channel. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  /** R, G, B of each pixel, row by row from the top left: width · height · 3 numbers. */
  readonly data: Uint8Array;
  /** Column of the picture that the first column here is. @default 0 */
  readonly left?: number;
  /** Row of the picture that the first row here is. @default 0 */
  readonly top?: number;
}

/** Whole pixels of a picture; `left` and `top` of the first one. */
export interface PixelRegion {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}
