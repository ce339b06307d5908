import { type Proportions, poseBody } from "./body.ts";
import { type Projected, projector, type View } from "./camera.ts";
import { darker } from "./color.ts";
import { faceFeatures, headPart, longHairPart } from "./head.ts";
import type { Outfit } from "./outfit.ts";
import type { Part, PartName } from "./part.ts";
import type { PoseAngles } from "./pose-angles.ts";
import type { Point } from "./shape.ts";
import {
  armParts,
  type Joints,
  legParts,
  limb,
  projectLimb,
  RADIUS,
  type Thickness,
  torsoPart,
} from "./torso-and-limbs.ts";

/** Everything that decides what a person looks like, but for where in the image they stand. */
export interface Character {
  readonly pose: PoseAngles;
  readonly lengths: Proportions;
  readonly outfit: Outfit;
  readonly view: View;
}

export interface FigureKeypoint {
  readonly at: Point;
  /** False for features on the side of the head that is turned away. */
  readonly facing: boolean;
  /** The keypoint is seen where one of these parts is on top. */
  readonly parts: readonly PartName[];
}

/** A person as drawn: parts from the farthest to the nearest, and keypoints in COCO's order. */
export interface Figure {
  readonly parts: readonly Part[];
  readonly keypoints: readonly FigureKeypoint[];
}

/** Builds the figure of a character whose pelvis is seen at `pelvis`. */
export function buildFigure({ pose, lengths, outfit, view }: Character, pelvis: Point): Figure {
  const body = poseBody(pose, lengths);
  const project = projector(view, pelvis);
  const pixels = view.pixelsPerHeight;
  const thick: Thickness = (name) => RADIUS[name] * lengths.build * pixels;
  const joints = {
    leftArm: projectLimb(body.leftArm, project),
    rightArm: projectLimb(body.rightArm, project),
    leftLeg: projectLimb(body.leftLeg, project),
    rightLeg: projectLimb(body.rightLeg, project),
  };
  const features = faceFeatures(body, lengths, project, pixels);
  const parts: Part[] = [
    torsoPart(body, outfit, joints, project, thick, pixels),
    {
      name: "neck",
      depth: project(body.neckTop).depth - 0.02 * pixels,
      painted: [
        limb(
          project(body.chest),
          project(body.neckTop),
          thick("neck"),
          thick("neck"),
          darker(outfit.skin, 0.9),
        ),
      ],
    },
    headPart(body, lengths, outfit, features, project, pixels),
    ...(outfit.hairStyle === "long" ? [longHairPart(body, lengths, outfit, project, pixels)] : []),
    ...armParts("left", joints.leftArm, outfit, thick, pixels),
    ...armParts("right", joints.rightArm, outfit, thick, pixels),
    ...legParts("left", joints.leftLeg, outfit, thick, pixels),
    ...legParts("right", joints.rightLeg, outfit, thick, pixels),
  ];
  parts.sort((a, b) => a.depth - b.depth);
  return { parts, keypoints: figureKeypoints(features, joints) };
}

function figureKeypoints(features: ReturnType<typeof faceFeatures>, joints: Joints): FigureKeypoint[] {
  const { leftArm, rightArm, leftLeg, rightLeg } = joints;
  const face = [features.nose, features.leftEye, features.rightEye, features.leftEar, features.rightEar];
  const at = ({ at }: Projected, ...parts: PartName[]): FigureKeypoint => ({ at, facing: true, parts });
  return [
    ...face.map(({ at, facing }): FigureKeypoint => ({ at, facing, parts: ["head"] })),
    at(leftArm.root, "leftUpperArm", "torso"),
    at(rightArm.root, "rightUpperArm", "torso"),
    at(leftArm.middle, "leftUpperArm", "leftForearm"),
    at(rightArm.middle, "rightUpperArm", "rightForearm"),
    at(leftArm.end, "leftForearm"),
    at(rightArm.end, "rightForearm"),
    at(leftLeg.root, "leftThigh", "torso"),
    at(rightLeg.root, "rightThigh", "torso"),
    at(leftLeg.middle, "leftThigh", "leftShin"),
    at(rightLeg.middle, "rightThigh", "rightShin"),
    at(leftLeg.end, "leftShin"),
    at(rightLeg.end, "rightShin"),
  ];
}
