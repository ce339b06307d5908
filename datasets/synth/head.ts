import type { Projected } from "./camera.ts";
import { css, darker } from "./color.ts";
import type { PaintedShape, Part, SeenPerson } from "./part.ts";
import { px, type Shape } from "./shape.ts";
import { add, rotate, scale, type Vector } from "./vector.ts";

/** Width of a head over its height, and its length from back to front over its height. */
const WIDTH = 0.78;
const LENGTH = 0.9;

const DEGREE = Math.PI / 180;
/** Where the features sit on the head: degrees to the person's left of straight ahead, degrees up, and distance (1 is the skin). */
const FEATURES = {
  nose: [0, -8, 1.12],
  leftEye: [27, 12, 0.97],
  rightEye: [-27, 12, 0.97],
  leftEar: [98, 0, 1.02],
  rightEar: [-98, 0, 1.02],
  mouth: [0, -42, 0.95],
} as const satisfies Record<string, readonly [azimuth: number, elevation: number, distance: number]>;

type Feature = keyof typeof FEATURES;

/** How far in front of the head's centre a feature has to lie to be seen, in head radii; below 0 for those that stick out. */
const SEEN_ABOVE: Record<Feature, number> = {
  nose: -0.25,
  leftEye: 0,
  rightEye: 0,
  leftEar: -0.35,
  rightEar: -0.35,
  mouth: 0.15,
};

/** Where the features are seen, and whether they are: not on the side of the head that is turned away. */
export type FaceFeatures = Readonly<Record<Feature, Projected & { readonly facing: boolean }>>;

export function faceFeatures({ body, lengths, project, pixels }: SeenPerson): FaceFeatures {
  const center = project(body.head);
  const radius = lengths.headRadius * pixels;
  const place = (feature: Feature) => {
    const [azimuth, elevation, distance] = FEATURES[feature];
    const [a, e] = [azimuth * DEGREE, elevation * DEGREE];
    const local: Vector = [
      Math.sin(a) * Math.cos(e) * WIDTH,
      Math.sin(e),
      Math.cos(a) * Math.cos(e) * LENGTH,
    ];
    const projected = project(
      add(body.head, rotate(body.headRotation, scale(local, distance * lengths.headRadius))),
    );
    return { ...projected, facing: projected.depth - center.depth > SEEN_ABOVE[feature] * radius };
  };
  return {
    nose: place("nose"),
    leftEye: place("leftEye"),
    rightEye: place("rightEye"),
    leftEar: place("leftEar"),
    rightEar: place("rightEar"),
    mouth: place("mouth"),
  };
}

/** Head, hair, ears and face as one part; the hair covers the skin when the head is seen from behind. */
export function headPart(person: SeenPerson, features: FaceFeatures): Part {
  const { body, lengths, outfit, project, pixels } = person;
  const radius = lengths.headRadius * pixels;
  const center = project(body.head);
  const local = headPoint(person);
  const front = local(0, 0, 1);
  const top = local(0, 1, 0);
  const facing = (front.depth - center.depth) / radius;
  const sideways = Math.min(1, Math.hypot(front.at[0] - center.at[0], front.at[1] - center.at[1]) / radius);
  const breadth = WIDTH + (LENGTH - WIDTH) * sideways;
  const angle = Math.atan2(top.at[0] - center.at[0], center.at[1] - top.at[1]);
  const oval = (at: Projected, widen: number, heighten: number): Shape => ({
    kind: "ellipse",
    center: at.at,
    radiusX: radius * breadth * widen,
    radiusY: radius * heighten,
    angle,
  });

  const skin: PaintedShape = { shape: oval(center, 1, 1), color: outfit.skin };
  const hair: PaintedShape[] = [];
  if (outfit.hairStyle !== "bald") {
    hair.push({ shape: oval(local(0, 0.2, -0.22), 1.08, 0.95), color: outfit.hair });
  }
  const bump = (feature: Feature, width: number, height: number, shade: number): PaintedShape => ({
    shape: {
      kind: "ellipse",
      center: features[feature].at,
      radiusX: radius * width,
      radiusY: radius * height,
      angle,
    },
    color: darker(outfit.skin, shade),
  });
  const ear = (feature: Feature) => bump(feature, 0.16, 0.25, 0.9);
  // An ear well on the near side lies on the head; any other one peeks out from behind it.
  const isNear = (feature: Feature) => features[feature].depth - center.depth > 0.3 * radius;
  const ears = (["leftEar", "rightEar"] as const).filter((feature) => features[feature].facing);
  const nose = features.nose.facing ? [bump("nose", 0.13, 0.2, 0.86)] : [];
  const farEars = ears.filter((feature) => !isNear(feature)).map(ear);
  const nearEars = ears.filter(isNear).map(ear);
  const seenFromBehind = facing < -0.2;
  const painted = seenFromBehind
    ? [...farEars, ...nose, skin, ...hair, ...nearEars]
    : [...hair, ...farEars, skin, ...nearEars, ...nose];
  return {
    name: "head",
    depth: center.depth + 0.01 * pixels,
    painted,
    details: faceDetails(features, radius),
  };
}

/** Hair that falls on the back: behind the body when seen from the front. */
export function longHairPart(person: SeenPerson): Part {
  const { lengths, outfit, pixels } = person;
  const local = headPoint(person);
  const ends = [local(0.55, -1.35, -0.5), local(-0.55, -1.35, -0.5), local(0, 0.1, -0.3)];
  const shape: Shape = {
    kind: "hull",
    points: ends.map(({ at }) => at),
    radius: lengths.headRadius * pixels * 0.38,
  };
  // Farther back than the head and the shirt, by more than those are ever moved in the order.
  return { name: "hair", depth: local(0, -0.7, -1).depth, painted: [{ shape, color: outfit.hair }] };
}

/** Projects points in the head's own axes (left, up, front), in head radii from its centre. */
const headPoint =
  ({ body, lengths, project }: SeenPerson) =>
  (x: number, y: number, z: number): Projected =>
    project(add(body.head, rotate(body.headRotation, scale([x, y, z], lengths.headRadius))));

function faceDetails(features: FaceFeatures, radius: number): string {
  let svg = "";
  for (const feature of ["leftEye", "rightEye"] as const) {
    const { at, facing } = features[feature];
    if (!facing) continue;
    const [x, y] = at.map(px);
    svg += `<circle cx="${x}" cy="${y}" r="${px(radius * 0.2)}" fill="#fff"/><circle cx="${x}" cy="${y}" r="${px(radius * 0.12)}" fill="#111"/>`;
  }
  if (features.mouth.facing) {
    const [x, y] = features.mouth.at.map(px);
    const color = css({ hue: 0, saturation: 50, lightness: 35 });
    svg += `<ellipse cx="${x}" cy="${y}" rx="${px(radius * 0.24)}" ry="${px(radius * 0.09)}" fill="${color}"/>`;
  }
  return svg;
}
