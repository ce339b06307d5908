import type { Body } from "./body.ts";
import type { Projected } from "./camera.ts";
import { css, darker } from "./color.ts";
import { between, type Joints, type Thickness } from "./limbs.ts";
import type { Outfit } from "./outfit.ts";
import type { PaintedShape, Part } from "./part.ts";
import type { Shape } from "./shape.ts";
import { px } from "./shape-svg.ts";
import { add, rotate, type Vector } from "./vector.ts";

/** Shirt and hips, and a skirt with them: what covers the tops of the legs. */
export function torsoPart(
  body: Body,
  outfit: Outfit,
  { leftArm, rightArm, leftLeg, rightLeg }: Joints,
  project: (point: Vector) => Projected,
  thick: Thickness,
  pixels: number,
): Part {
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
    details: chestDetails(body, outfit, project, pixels),
  };
}

/** A neckline, and perhaps buttons, on the side of the chest that faces the viewer. */
function chestDetails(
  body: Body,
  outfit: Outfit,
  project: (point: Vector) => Projected,
  pixels: number,
): string {
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
