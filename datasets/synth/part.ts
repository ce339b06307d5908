import type { Body, Proportions } from "./body.ts";
import type { Projected } from "./camera.ts";
import type { Color } from "./color.ts";
import type { Outfit } from "./outfit.ts";
import type { Shape } from "./shape.ts";
import type { Vector } from "./vector.ts";

/** A dressed and posed person as the camera sees them: everything that their parts are drawn from. */
export interface SeenPerson {
  readonly body: Body;
  readonly lengths: Proportions;
  readonly outfit: Outfit;
  readonly project: (point: Vector) => Projected;
  /** Image pixels of a standing body's height. */
  readonly pixels: number;
}

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
