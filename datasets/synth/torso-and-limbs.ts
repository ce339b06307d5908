import type { LimbJoints } from "./body.ts";
import type { Projected } from "./camera.ts";
import { type Color, css, darker } from "./color.ts";
import type { PaintedShape, Part, SeenPerson } from "./part.ts";
import { px, type Shape } from "./shape.ts";
import { add, rotate } from "./vector.ts";

type ProjectedLimb = Readonly<Record<keyof LimbJoints, Projected>>;

/** Where the joints of arms and legs are seen. */
export type Joints = Readonly<Record<"leftArm" | "rightArm" | "leftLeg" | "rightLeg", ProjectedLimb>>;

/** Radii as shares of the body height, before `build`. */
const RADIUS = {
  neck: 0.032,
  shoulder: 0.038,
  elbow: 0.03,
  wrist: 0.023,
  hand: 0.028,
  hip: 0.056,
  knee: 0.042,
  ankle: 0.028,
  toes: 0.024,
  torso: 0.05,
  pelvis: 0.055,
} as const;

export function projectJoints({ body, project }: SeenPerson): Joints {
  const projectLimb = ({ root, middle, end, tip }: LimbJoints): ProjectedLimb => ({
    root: project(root),
    middle: project(middle),
    end: project(end),
    tip: project(tip),
  });
  return {
    leftArm: projectLimb(body.leftArm),
    rightArm: projectLimb(body.rightArm),
    leftLeg: projectLimb(body.leftLeg),
    rightLeg: projectLimb(body.rightLeg),
  };
}

/** Shirt and hips, and a skirt with them: what covers the tops of the legs. */
export function torsoPart(person: SeenPerson, { leftArm, rightArm, leftLeg, rightLeg }: Joints): Part {
  const { outfit } = person;
  const thick = thickness(person);
  const hull = (points: readonly Projected[], radius: number): Shape => ({
    kind: "hull",
    points: points.map(({ at }) => at),
    radius,
  });
  const leftWaist = between(leftLeg.root, leftArm.root, 0.25);
  const rightWaist = between(rightLeg.root, rightArm.root, 0.25);
  const painted: PaintedShape[] = [];
  if (outfit.legs === "skirt") {
    const hems = [between(leftLeg.root, leftLeg.middle, 0.75), between(rightLeg.root, rightLeg.middle, 0.75)];
    painted.push({
      shape: hull([leftLeg.root, ...hems, rightLeg.root], thick("pelvis") * 1.05),
      color: outfit.trousers,
    });
  }
  painted.push(
    {
      shape: hull([leftWaist, leftLeg.root, rightLeg.root, rightWaist], thick("pelvis")),
      color: outfit.trousers,
    },
    {
      shape: hull([leftArm.root, leftWaist, rightWaist, rightArm.root], thick("torso")),
      color: outfit.shirt,
    },
  );
  const corners = [leftArm.root, rightArm.root, leftLeg.root, rightLeg.root];
  return {
    name: "torso",
    depth: corners.reduce((sum, { depth }) => sum + depth, 0) / corners.length,
    painted,
    details: chestDetails(person),
  };
}

/** A neckline, and perhaps buttons, on the side of the chest that faces the viewer. */
function chestDetails({ body, outfit, project, pixels }: SeenPerson): string {
  const onChest = (left: number, down: number, front: number) =>
    project(add(body.chest, rotate(body.torsoRotation, [left, -down, front])));
  const facing = (onChest(0, 0, 1).depth - onChest(0, 0, 0).depth) / pixels;
  if (facing < 0.2) return "";
  const neckline = [onChest(0.035, -0.035, 0.03), onChest(-0.035, -0.035, 0.03), onChest(0, 0.045, 0.04)];
  const corners = neckline.map(({ at: [x, y] }) => `${px(x)},${px(y)}`).join(" ");
  let svg = `<polygon points="${corners}" fill="${css(darker(outfit.skin, 0.95))}"/>`;
  if (outfit.buttons) {
    const color = css(
      outfit.shirt.lightness > 50 ? darker(outfit.shirt, 0.4) : { ...outfit.shirt, lightness: 85 },
    );
    for (const down of [0.08, 0.13, 0.18]) {
      const [x, y] = onChest(0, down, 0.045).at.map(px);
      svg += `<circle cx="${x}" cy="${y}" r="${px(0.011 * pixels)}" fill="${color}"/>`;
    }
  }
  return svg;
}

export function neckPart(person: SeenPerson): Part {
  const { body, outfit, project, pixels } = person;
  const radius = thickness(person)("neck");
  const [chest, top] = [project(body.chest), project(body.neckTop)];
  return {
    name: "neck",
    depth: top.depth - 0.02 * pixels,
    painted: [limb(chest, top, radius, radius, darker(outfit.skin, 0.9))],
  };
}

/** Upper arm and forearm, in sleeves and gloves. */
export function armParts(side: "left" | "right", arm: ProjectedLimb, person: SeenPerson): Part[] {
  const { outfit, pixels } = person;
  const thick = thickness(person);
  const upperDepth = (arm.root.depth + arm.middle.depth) / 2;
  const lowerDepth = (arm.middle.depth + arm.end.depth) / 2;
  const skin = shade(outfit.skin, upperDepth, pixels);
  const cloth = shade(darker(outfit.shirt, 0.92), upperDepth, pixels);
  const isLong = outfit.sleeves === "long";
  const sleeveEnd = isLong ? arm.middle : between(arm.root, arm.middle, 0.6);
  const upper = [
    limb(arm.root, arm.middle, thick("shoulder"), thick("elbow"), isLong ? cloth : skin),
    limb(arm.root, sleeveEnd, thick("shoulder") * 1.12, thick("elbow") * 1.2, cloth),
  ];
  const lower = [
    limb(arm.end, arm.tip, thick("wrist"), thick("hand"), outfit.kit?.gloves ?? outfit.skin),
    limb(arm.middle, arm.end, thick("elbow"), thick("wrist"), skin),
  ];
  if (isLong) {
    lower.push(
      limb(
        arm.middle,
        between(arm.middle, arm.end, 0.85),
        thick("elbow") * 1.1,
        thick("wrist") * 1.15,
        cloth,
      ),
    );
  }
  if (outfit.kit) {
    const cuff = between(arm.middle, arm.end, 0.85);
    lower.push(
      limb(cuff, arm.end, thick("wrist") * 1.25, thick("wrist") * 1.25, outfit.kit.gloves),
      band(arm.root, arm.middle, arm.end, thick("elbow") * 1.3, outfit.kit.elbows),
    );
  }
  return [
    { name: `${side}UpperArm`, depth: upperDepth + 0.02 * pixels, painted: upper },
    { name: `${side}Forearm`, depth: lowerDepth + 0.03 * pixels, painted: lower },
  ];
}

/** Thigh and shin, in trousers and shoes. */
export function legParts(side: "left" | "right", leg: ProjectedLimb, person: SeenPerson): Part[] {
  const { outfit, pixels } = person;
  const thick = thickness(person);
  const thighDepth = (leg.root.depth + leg.middle.depth) / 2;
  const shinDepth = (leg.middle.depth + leg.end.depth) / 2;
  const skin = shade(outfit.skin, thighDepth, pixels);
  const cloth = shade(outfit.trousers, thighDepth, pixels);
  const isLong = outfit.legs === "long";
  const thigh = [limb(leg.root, leg.middle, thick("hip"), thick("knee"), isLong ? cloth : skin)];
  if (outfit.legs === "shorts") {
    thigh.push(
      limb(leg.root, between(leg.root, leg.middle, 0.7), thick("hip") * 1.05, thick("knee") * 1.2, cloth),
    );
  }
  const shin = [
    limb(leg.end, leg.tip, thick("ankle") * 1.05, thick("toes"), outfit.shoes),
    limb(leg.middle, leg.end, thick("knee"), thick("ankle"), isLong ? cloth : skin),
  ];
  if (outfit.kit) {
    thigh.push(band(leg.root, leg.middle, leg.end, thick("knee") * 1.2, outfit.kit.knees));
    const sock = between(leg.middle, leg.end, 0.8);
    shin.push(limb(sock, leg.end, thick("ankle") * 1.25, thick("ankle") * 1.2, outfit.shoes));
  }
  return [
    { name: `${side}Thigh`, depth: thighDepth - 0.01 * pixels, painted: thigh },
    { name: `${side}Shin`, depth: shinDepth - 0.02 * pixels, painted: shin },
  ];
}

/** Pixels of each radius, for one person. */
const thickness =
  ({ lengths, pixels }: SeenPerson) =>
  (name: keyof typeof RADIUS): number =>
    RADIUS[name] * lengths.build * pixels;

const limb = (
  from: Projected,
  to: Projected,
  fromRadius: number,
  toRadius: number,
  color: Color,
): PaintedShape => ({
  shape: { kind: "limb", from: from.at, to: to.at, fromRadius, toRadius },
  color,
});

const between = (from: Projected, to: Projected, share: number): Projected => ({
  at: [from.at[0] + (to.at[0] - from.at[0]) * share, from.at[1] + (to.at[1] - from.at[1]) * share],
  depth: from.depth + (to.depth - from.depth) * share,
});

/** A pad around a hinge, a little way up and down from it. */
const band = (
  root: Projected,
  hinge: Projected,
  end: Projected,
  radius: number,
  color: Color,
): PaintedShape => limb(between(hinge, root, 0.1), between(hinge, end, 0.1), radius, radius, color);

/** Limbs on the far side lie in the body's shade. */
const shade = (color: Color, depth: number, pixels: number): Color =>
  darker(color, 1 - Math.min(0.3, Math.max(0, -depth / pixels) * 1.8));
