import { readFile, stat } from "node:fs/promises";
import { parseXml, type XmlElement } from "@rgrove/parse-xml";
import type { BoxTuple } from "../../eval/keypoint-data.ts";
import type { Skeleton } from "../../eval/skeletons/skeleton.ts";
import { type SourceDataset, toHundredths } from "./source-dataset.ts";
import { KeypointsByName, type ToolImage, type ToolPerson, toolDataset } from "./tool-people.ts";

/** Bytes: some 100,000 people. The whole file is in memory, several times over. */
const LARGEST = 256 << 20;

/**
 * Reads CVAT's exports ("CVAT for images 1.1"): skeletons, whose points go by name; or points, as many to a shape as the
 * skeleton has keypoints, in its order; or points of one keypoint each, that share a group. A box of the same group is the
 * person's box. Points marked outside are unlabelled, occluded ones hidden.
 *
 * The parser knows no entities but XML's own five, and opens no other file.
 *
 * @throws {TypeError} Naming file and picture, if it is something else.
 */
export async function readCvat(
  files: readonly string[],
  imageFolder: string,
  skeleton: Skeleton,
): Promise<SourceDataset> {
  const read = files.map(async (file) => {
    const { size } = await stat(file).catch((cause: NodeJS.ErrnoException) => {
      throw new Error(`${file}: expected CVAT's annotations, got ${cause.code}`, { cause });
    });
    if (size > LARGEST) throw new Error(`${file}: expected at most ${LARGEST} bytes of XML, got ${size}`);
    return { file, images: parseCvat(await readFile(file, "utf8"), file, skeleton) };
  });
  return toolDataset(await Promise.all(read), imageFolder, skeleton);
}

/** @throws {TypeError} Naming the picture. */
export function parseCvat(text: string, file: string, skeleton: Skeleton): ToolImage[] {
  const root = rootOf(text, file);
  if (root.name !== "annotations") {
    throw new TypeError(`${file}: expected CVAT's <annotations>, got <${root.name}>`);
  }
  if (elements(root).some(({ name }) => name === "track")) {
    throw new TypeError(`${file}: expected "CVAT for images 1.1", got the format for video (it has tracks)`);
  }
  return elements(root)
    .filter(({ name }) => name === "image")
    .map((image, i): ToolImage => {
      const name = image.attributes["name"] ?? "";
      const where = `${file} image ${name === "" ? i : JSON.stringify(name)}`;
      if (name === "") throw new TypeError(`${where}: expected a name, got none`);
      const size = { width: numberOf(image, "width", where), height: numberOf(image, "height", where) };
      const path = name.replaceAll("\\", "/").replace(/^\/+/, "");
      const names = [...new Set([path, path.split("/").at(-1) ?? path])];
      return { where, names, size, people: people(image, where, skeleton) };
    });
}

function rootOf(text: string, file: string): XmlElement {
  try {
    const { root } = parseXml(text);
    if (root) return root;
  } catch (cause) {
    const reason =
      cause instanceof RangeError ? "elements nested too deeply" : (cause as Error).message.split("\n", 1)[0];
    throw new TypeError(`${file}: expected XML, got: ${reason}`, { cause });
  }
  throw new TypeError(`${file}: expected XML, got no element`);
}

const elements = (parent: XmlElement): XmlElement[] =>
  parent.children.filter((child): child is XmlElement => child.type === "element");

function numberOf(element: XmlElement, attribute: string, where: string): number {
  const text = element.attributes[attribute];
  const value = text === undefined || text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new TypeError(`${where}: expected ${attribute} as a number, got ${JSON.stringify(text) ?? "none"}`);
}

function people(image: XmlElement, where: string, skeleton: Skeleton): ToolPerson[] {
  const shapes = elements(image);
  const boxes = new Map<string, BoxTuple>();
  for (const shape of shapes) {
    const group = groupOf(shape);
    if (shape.name === "box" && group !== undefined) boxes.set(group, boxOf(shape, where));
  }
  const boxFor = (group: string | undefined) => {
    const box = group === undefined ? undefined : boxes.get(group);
    return box ? { box } : {};
  };
  const found: ToolPerson[] = [];
  const groups = new Map<string, KeypointsByName>();
  for (const shape of shapes) {
    const group = groupOf(shape);
    if (shape.name === "skeleton") {
      const points = new KeypointsByName(skeleton);
      for (const point of elements(shape)) if (point.name === "points") addPoint(points, point, where);
      found.push({ keypoints: points.flat, ...boxFor(group) });
    } else if (shape.name === "points") {
      const label = shape.attributes["label"] ?? "";
      if (skeleton.keypoints.includes(label)) {
        // Without a group, all of the picture's are one person's.
        const points = groups.get(group ?? "") ?? new KeypointsByName(skeleton);
        groups.set(group ?? "", points);
        addPoint(points, shape, where);
      } else found.push({ keypoints: allPoints(shape, where, skeleton), ...boxFor(group) });
    }
  }
  for (const [group, points] of groups) found.push({ keypoints: points.flat, ...boxFor(group) });
  return found;
}

const groupOf = (shape: XmlElement): string | undefined => {
  const group = shape.attributes["group_id"];
  return group === undefined || group === "" || group === "0" ? undefined : group;
};

function boxOf(box: XmlElement, where: string): BoxTuple {
  const [left = 0, top = 0, right = 0, bottom = 0] = ["xtl", "ytl", "xbr", "ybr"].map((side) =>
    numberOf(box, side, where),
  );
  return [toHundredths(left), toHundredths(top), toHundredths(right - left), toHundredths(bottom - top)];
}

function addPoint(points: KeypointsByName, shape: XmlElement, where: string): void {
  if (shape.attributes["outside"] === "1") return;
  const [place, ...more] = places(shape, where);
  if (!place || more.length > 0) {
    throw new TypeError(`${where}: expected one point a keypoint, got ${place ? more.length + 1 : 0}`);
  }
  const hidden = shape.attributes["occluded"] === "1";
  points.set(shape.attributes["label"] ?? "", place[0], place[1], hidden ? 1 : 2, where);
}

function allPoints(shape: XmlElement, where: string, { keypoints }: Skeleton): number[] {
  const found = places(shape, where);
  if (found.length !== keypoints.length) {
    const label = JSON.stringify(shape.attributes["label"] ?? "");
    throw new TypeError(
      `${where}: expected ${keypoints.length} points (or a keypoint's name as their label), got ${found.length} labelled ${label}`,
    );
  }
  const visibility = shape.attributes["occluded"] === "1" ? 1 : 2;
  return found.flatMap(([x, y]) => [toHundredths(x), toHundredths(y), visibility]);
}

function places(shape: XmlElement, where: string): [x: number, y: number][] {
  const text = shape.attributes["points"] ?? "";
  return text.split(";").map((pair) => {
    const numbers = pair.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
    const [x = Number.NaN, y = Number.NaN] = numbers;
    if (numbers.length === 2 && Number.isFinite(x) && Number.isFinite(y)) return [x, y];
    throw new TypeError(
      `${where}: expected points as x,y;x,y in pixels, got ${JSON.stringify(pair.slice(0, 40))}`,
    );
  });
}
