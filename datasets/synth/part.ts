import type { Color } from "./color.ts";
import type { Shape } from "./shape.ts";

export interface PaintedShape {
  readonly shape: Shape;
  readonly color: Color;
}

export type PartName =
  | "torso"
  | "neck"
  | "head"
  | "hair"
  | "leftUpperArm"
  | "rightUpperArm"
  | "leftForearm"
  | "rightForearm"
  | "leftThigh"
  | "rightThigh"
  | "leftShin"
  | "rightShin";

/** A piece of a person that is in front of or behind the other pieces as a whole. */
export interface Part {
  readonly name: PartName;
  /** Pixels nearer to the viewer than the pelvis. */
  readonly depth: number;
  /** First to last: each covers those before. */
  readonly painted: readonly PaintedShape[];
  /** SVG drawn over the shapes, inside their outline. */
  readonly details?: string;
}
