import type { Figure } from "./figure.ts";
import type { Layer, Scene } from "./scene.ts";
import { type Shape, shapeBounds, shapeSpans } from "./shape.ts";

/** A drawn person's label as COCO's annotations have it; coordinates count pixels from the centre of the top left one. */
export interface PersonLabel {
  /** x, y, visibility of each keypoint: 51 numbers. */
  readonly keypoints: readonly number[];
  readonly numKeypoints: number;
  /** x, y, width, height of what is seen of the person; nothing seen is 0 by 0. */
  readonly box: readonly [number, number, number, number];
  /** Pixels of the person that are seen. */
  readonly area: number;
}

/**
 * Labels the people of a scene, in the order of its layers. Every silhouette is painted into a map of what is on top
 * at each pixel; areas, boxes and visibility are read off that map.
 */
export function labelScene(scene: Scene): PersonLabel[] {
  const top = paintTopMap(scene);
  const figures = scene.layers.flatMap((layer) => (layer.kind === "person" ? [layer.figure] : []));
  const extents = measureExtents(top, scene.width, figures.length);
  return extents.map(({ area, left, top: first, right, bottom }, person) => {
    const figure = figures[person] as Figure;
    const keypoints = labelKeypoints(figure, person, top, scene);
    return {
      keypoints,
      numKeypoints: keypoints.filter((value, index) => index % 3 === 2 && value > 0).length,
      box: area === 0 ? [0, 0, 0, 0] : [left, first, right - left + 1, bottom - first + 1],
      area,
    };
  });
}

/** 0 where no person is on top, else 1 + part + 16 · person. */
type TopMap = Int32Array;

const PARTS_A_PERSON = 16;
const markOf = (person: number, part: number) => 1 + part + PARTS_A_PERSON * person;
const personOf = (mark: number) => Math.floor((mark - 1) / PARTS_A_PERSON);
const partOf = (mark: number) => (mark - 1) % PARTS_A_PERSON;

function paintTopMap(scene: Scene): TopMap {
  const top: TopMap = new Int32Array(scene.width * scene.height);
  let person = 0;
  for (const layer of scene.layers) {
    for (const { shape, part } of silhouettes(layer)) {
      fill(top, scene, shape, part === undefined ? 0 : markOf(person, part));
    }
    if (layer.kind === "person") person++;
  }
  return top;
}

function silhouettes(layer: Layer): { shape: Shape; part?: number }[] {
  if (layer.kind === "object") return layer.painted.map(({ shape }) => ({ shape }));
  return layer.figure.parts.flatMap(({ painted }, part) => painted.map(({ shape }) => ({ shape, part })));
}

/** Marks the pixels whose centre lies in the shape. */
function fill(top: TopMap, { width, height }: Scene, shape: Shape, mark: number): void {
  const bounds = shapeBounds(shape);
  const spansAt = shapeSpans(shape);
  const last = Math.min(height - 1, Math.ceil(bounds.bottom));
  for (let y = Math.max(0, Math.floor(bounds.top)); y <= last; y++) {
    for (const [left, right] of spansAt(y + 0.5)) {
      // Pixel x has its centre at x + 0.5.
      const from = Math.max(0, Math.ceil(left - 0.5));
      const to = Math.min(width, Math.floor(right - 0.5) + 1);
      if (from < to) top.fill(mark, y * width + from, y * width + to);
    }
  }
}

interface Extent {
  area: number;
  left: number;
  top: number;
  right: number;
  bottom: number;
}

function measureExtents(top: TopMap, width: number, people: number): Extent[] {
  const extents = Array.from(
    { length: people },
    (): Extent => ({ area: 0, left: Infinity, top: Infinity, right: -1, bottom: -1 }),
  );
  for (let index = 0; index < top.length; index++) {
    const mark = top[index] ?? 0;
    const extent = mark === 0 ? undefined : extents[personOf(mark)];
    if (extent === undefined) continue;
    const x = index % width;
    const y = (index - x) / width;
    extent.area++;
    extent.left = Math.min(extent.left, x);
    extent.right = Math.max(extent.right, x);
    extent.top = Math.min(extent.top, y);
    extent.bottom = Math.max(extent.bottom, y);
  }
  return extents;
}

function labelKeypoints(figure: Figure, person: number, top: TopMap, { width, height }: Scene): number[] {
  return figure.keypoints.flatMap(({ at: [x, y], facing, parts }) => {
    // Drawn coordinates start at the corner of the first pixel, COCO's at its centre.
    const [labelX, labelY] = [roundToTenth(x - 0.5), roundToTenth(y - 0.5)];
    const isInside = labelX >= 0 && labelX <= width - 1 && labelY >= 0 && labelY <= height - 1;
    if (!facing || !isInside) return [0, 0, 0];
    const mark = top[Math.round(labelY) * width + Math.round(labelX)] ?? 0;
    const onTop = personOf(mark) === person ? figure.parts[partOf(mark)]?.name : undefined;
    return [labelX, labelY, onTop !== undefined && parts.includes(onTop) ? 2 : 1];
  });
}

const roundToTenth = (value: number): number => Math.round(value * 10) / 10;
