import type { Point } from "./shape.ts";
import { aboutX, aboutY, aboutZ, compose, type Rotation, rotate, type Vector } from "./vector.ts";

/** How an orthographic camera sees a body. */
export interface View {
  /** 0 faces the viewer, a quarter turn faces the right edge of the image; radians. */
  readonly yaw: number;
  /** Above 0 looks down on the person; radians. */
  readonly pitch: number;
  /** Counter-clockwise as seen; radians. */
  readonly roll: number;
  /** Image pixels of a standing body's height. */
  readonly pixelsPerHeight: number;
}

const viewRotation = ({ yaw, pitch, roll }: View): Rotation =>
  compose(compose(aboutY(yaw), aboutX(pitch)), aboutZ(roll));

/** Where a point of a body lies: in the image, and (`depth`, in pixels) how much nearer to the viewer than the pelvis. */
export interface Projected {
  readonly at: Point;
  readonly depth: number;
}

/** Projects points of a body whose pelvis is seen at `pelvis`. */
export function projector(view: View, pelvis: Point): (point: Vector) => Projected {
  const rotation = viewRotation(view);
  return (point) => {
    const [x, y, z] = rotate(rotation, point);
    return {
      at: [pelvis[0] + x * view.pixelsPerHeight, pelvis[1] - y * view.pixelsPerHeight],
      depth: z * view.pixelsPerHeight,
    };
  };
}
