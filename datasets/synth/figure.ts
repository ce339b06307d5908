import { type Proportions, poseBody } from "./body.ts";
import { type Projected, projector, type View } from "./camera.ts";
import { type FaceFeatures, faceFeatures, headPart, longHairPart } from "./head.ts";
import type { Outfit } from "./outfit.ts";
import type { Part, PartName, SeenPerson } from "./part.ts";
import type { PoseAngles } from "./pose-angles.ts";
import type { Point } from "./shape.ts";
import { armParts, type Joints, legParts, neckPart, projectJoints, torsoPart } from "./torso-and-limbs.ts";

/** Everything that decides what a person looks like, apart from their place in the image. */
export interface Character {
  readonly pose: PoseAngles;
  readonly lengths: Proportions;
  readonly outfit: Outfit;
  readonly view: View;
}

interface FigureKeypoint {
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
  const person: SeenPerson = {
    body: poseBody(pose, lengths),
    lengths,
    outfit,
    project: projector(view, pelvis),
    pixels: view.pixelsPerHeight,
  };
  const joints = projectJoints(person);
  const features = faceFeatures(person);
  const parts = [
    torsoPart(person, joints),
    neckPart(person),
    headPart(person, features),
    ...(outfit.hairStyle === "long" ? [longHairPart(person)] : []),
    ...armParts("left", joints.leftArm, person),
    ...armParts("right", joints.rightArm, person),
    ...legParts("left", joints.leftLeg, person),
    ...legParts("right", joints.rightLeg, person),
  ];
  parts.sort((a, b) => a.depth - b.depth);
  return { parts, keypoints: figureKeypoints(features, joints) };
}

function figureKeypoints(features: FaceFeatures, joints: Joints): FigureKeypoint[] {
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
