import { sampleProportions } from "./body.ts";
import type { Difficulty } from "./difficulty.ts";
import { buildFigure, type Character, type Figure } from "./figure.ts";
import { sampleOutfit } from "./outfit.ts";
import type { PaintedShape } from "./part.ts";
import { type PoseName, samplePose } from "./pose-angles.ts";
import type { RandomStream } from "./random-stream.ts";
import { type Bounds, shapeBounds } from "./shape.ts";
import { backgroundSvg, occluder, stool } from "./surroundings.ts";

/** People and things, from the farthest to the nearest. */
export type Layer = { kind: "person"; figure: Figure } | { kind: "object"; painted: readonly PaintedShape[] };

/** What the camera does to the picture afterwards. */
interface Weather {
  /** Standard deviations: pixels of blur, grey levels of noise. 0 is none. */
  readonly blur: number;
  readonly noise: number;
  /** Gain and offset (grey levels) of red, green and blue. */
  readonly gain: readonly [number, number, number];
  readonly offset: number;
}

/** A picture before it is drawn. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  /** SVG. */
  readonly background: string;
  readonly layers: readonly Layer[];
  readonly weather: Weather;
}

const DEGREE = Math.PI / 180;

export function sampleScene(
  width: number,
  height: number,
  difficulty: Difficulty,
  random: RandomStream,
): Scene {
  const count = random.fork("count").integer(...difficulty.people);
  const people = Array.from({ length: count }, (_, index) => {
    const own = random.fork(`person ${index}`);
    const slot = { left: (width * index) / count, right: (width * (index + 1)) / count };
    const placed = placePerson(
      sampleCharacter(height, difficulty, own),
      slot,
      { width, height },
      difficulty,
      own,
    );
    return { bottom: placed.bounds.bottom, layers: personLayers(placed, difficulty, own) };
  });
  // People who stand lower in the image are nearer.
  people.sort((a, b) => a.bottom - b.bottom);
  return {
    width,
    height,
    background: backgroundSvg({ width, height }, difficulty, random.fork("background")),
    layers: people.flatMap(({ layers }) => layers),
    weather: sampleWeather(difficulty, random.fork("weather")),
  };
}

/** The scene without its n-th person (from the farthest, 0-based). */
export function withoutPerson(scene: Scene, person: number): Scene {
  const gone = scene.layers.filter(({ kind }) => kind === "person")[person];
  return { ...scene, layers: scene.layers.filter((layer) => layer !== gone) };
}

function sampleCharacter(
  imageHeight: number,
  difficulty: Difficulty,
  random: RandomStream,
): PlacedPerson["character"] {
  const poseName = random.pick(difficulty.poses);
  const { front, back } = difficulty.facing;
  const share = random.next();
  const side = random.chance(0.5) ? 90 : -90;
  const [yaw, spread] = share < front ? [0, 25] : share < front + back ? [180, 25] : [side, 18];
  return {
    poseName,
    pose: samplePose(poseName, difficulty.poseSpread, random),
    lengths: sampleProportions(random),
    outfit: sampleOutfit(random, difficulty.kit),
    view: {
      yaw: random.normal(yaw, spread) * DEGREE,
      pitch: random.uniform(-4, 14) * DEGREE,
      roll: random.normal(0, difficulty.roll) * DEGREE,
      pixelsPerHeight: random.uniform(...difficulty.personHeight) * imageHeight,
    },
  };
}

/** A person, what they sit on, and perhaps something that hides a piece of them. */
function personLayers(
  { character, figure, bounds }: PlacedPerson,
  difficulty: Difficulty,
  random: RandomStream,
): Layer[] {
  const layers: Layer[] = [{ kind: "person", figure }];
  const [leftHip, rightHip] = [figure.keypoints[11], figure.keypoints[12]];
  if (character.poseName === "sit" && leftHip && rightHip) {
    layers.unshift({ kind: "object", painted: stool(leftHip.at, rightHip.at, bounds.bottom, random) });
  }
  if (random.chance(difficulty.occluded)) layers.push({ kind: "object", painted: occluder(bounds, random) });
  return layers;
}

interface PlacedPerson {
  readonly character: Character & { readonly poseName: PoseName };
  readonly figure: Figure;
  readonly bounds: Bounds;
}

/** Stands a character inside its slot of the image's width, or across the image's nearer edge. */
function placePerson(
  character: PlacedPerson["character"],
  slot: { left: number; right: number },
  image: { width: number; height: number },
  difficulty: Difficulty,
  random: RandomStream,
): PlacedPerson {
  const atOrigin = figureBounds(buildFigure(character, [0, 0]));
  const [width, height] = [atOrigin.right - atOrigin.left, atOrigin.bottom - atOrigin.top];
  let center = random.uniform(slot.left * 0.6 + slot.right * 0.4, slot.left * 0.4 + slot.right * 0.6);
  center = Math.min(Math.max(center, width / 2 + 2), image.width - width / 2 - 2);
  if (random.chance(difficulty.cutOff)) {
    const hidden = random.uniform(0.15, 0.5) * width;
    center = center < image.width / 2 ? width / 2 - hidden : image.width - width / 2 + hidden;
  }
  // People who fit stand somewhere between the back and the front; the others keep their head inside.
  const spare = image.height - height - 4;
  const top = spare > 0 ? 2 + spare * random.uniform(0.4, 1) : random.uniform(2, 0.1 * image.height);
  const figure = buildFigure(character, [center - (atOrigin.left + atOrigin.right) / 2, top - atOrigin.top]);
  return { character, figure, bounds: figureBounds(figure) };
}

export function figureBounds(figure: Figure): Bounds {
  const all = figure.parts.flatMap(({ painted }) => painted.map(({ shape }) => shapeBounds(shape)));
  return {
    left: Math.min(...all.map(({ left }) => left)),
    top: Math.min(...all.map(({ top }) => top)),
    right: Math.max(...all.map(({ right }) => right)),
    bottom: Math.max(...all.map(({ bottom }) => bottom)),
  };
}

function sampleWeather(difficulty: Difficulty, random: RandomStream): Weather {
  const tinted = random.chance(difficulty.light);
  const gain = tinted ? random.uniform(0.7, 1.1) : 1;
  const channel = () => gain * (tinted ? random.uniform(0.93, 1.07) : 1);
  return {
    blur: random.chance(difficulty.blur) ? random.uniform(0.4, 1.2) : 0,
    noise: random.chance(difficulty.noise) ? random.uniform(2, 10) : 0,
    gain: [channel(), channel(), channel()],
    offset: tinted ? random.uniform(-12, 12) : 0,
  };
}
