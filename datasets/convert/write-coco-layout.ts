import { copyFile, link, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { areaOfBox } from "../../eval/oks.ts";
import { type CocoFile, type CocoFileAnnotation, countLabelled, personCategory } from "../coco/coco-file.ts";
import { splitFiles } from "../coco/split-files.ts";
import { inParallel } from "../files/in-parallel.ts";
import { publishFolder } from "../files/publish-folder.ts";
import { imagePath } from "../image/image-path.ts";
import type { SourceDataset, SourceImage, SourcePerson, SourceSplit } from "./source-dataset.ts";

export interface LayoutOptions {
  /** A folder that does not exist yet, or is empty. */
  readonly out: string;
  /** The keypoints to write, chosen from the source's by name. @default the source's */
  readonly skeleton?: Pick<SourceDataset, "keypoints" | "edges">;
  /** `link` shares the files where the file system can; `none` writes annotations alone. */
  readonly pictures: "link" | "copy" | "none";
  /** Written into each file's `info`. */
  readonly description: string;
  readonly onImage?: (done: number, total: number) => void;
}

/** Counts of one split that was written. */
interface WrittenSplit {
  readonly split: string;
  readonly images: number;
  readonly people: number;
}

/**
 * Writes a data set in COCO's layout. Ids are the source's where all images (or people) have one of their own, and count
 * from 1 where they do not. An area that is not known is 0.53 of the box, and says so in `area_source`.
 *
 * @throws {Error} If `out` exists and is not empty, or a picture cannot be read: then nothing is left behind.
 */
export function writeCocoLayout(source: SourceDataset, options: LayoutOptions): Promise<WrittenSplit[]> {
  const total = source.splits.reduce((sum, { images }) => sum + images.length, 0);
  let done = 0;
  const onImage = () => options.onImage?.(++done, total);
  return publishFolder(options.out, async (folder) => {
    await mkdir(join(folder, "annotations"));
    const written: WrittenSplit[] = [];
    const numbering = numberingOf(source);
    for (const split of source.splits) {
      const file = toCocoFile(split, source, numbering, options);
      const { annotations, images } = splitFiles(folder, split.name);
      await writeFile(annotations, JSON.stringify(file));
      await mkdir(images);
      await inParallel(split.images.length, async (index) => {
        await placePicture(split.images[index] as SourceImage, images, options.pictures);
        onImage();
      });
      written.push({ split: split.name, images: file.images.length, people: file.annotations.length });
    }
    return written;
  });
}

async function placePicture(
  { path, fileName }: SourceImage,
  folder: string,
  pictures: LayoutOptions["pictures"],
): Promise<void> {
  if (pictures === "none") return;
  const target = imagePath(folder, fileName);
  await mkdir(dirname(target), { recursive: true });
  if (pictures === "link") {
    const linked = await link(path, target).then(
      () => true,
      () => false,
    );
    if (linked) return;
  }
  await copyFile(path, target).catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`${path}: expected a picture to copy, got ${cause.code}`, { cause });
  });
}

/** Ids for images and people, in the order of the source. */
interface Numbering {
  readonly image: (image: SourceImage) => number;
  readonly person: (person: SourcePerson) => number;
}

function numberingOf({ splits }: SourceDataset): Numbering {
  const images = splits.flatMap((split) => split.images);
  const stems = images.map(({ id, fileName }) => id ?? Number(/(\d+)\.[^.]+$/.exec(fileName)?.[1]));
  const people = images.flatMap((image) => image.people);
  const imageIds = areIds(stems) ? stems : stems.map((_, index) => index + 1);
  const own = people.map(({ id }) => id ?? Number.NaN);
  const personIds = areIds(own) ? own : own.map((_, index) => index + 1);
  const imageIndex = new Map(images.map((image, index) => [image, imageIds[index] ?? 0]));
  const personIndex = new Map(people.map((person, index) => [person, personIds[index] ?? 0]));
  return { image: (image) => imageIndex.get(image) ?? 0, person: (person) => personIndex.get(person) ?? 0 };
}

const areIds = (ids: readonly number[]): boolean =>
  ids.every((id) => Number.isSafeInteger(id) && id >= 1) && new Set(ids).size === ids.length;

function toCocoFile(
  { images }: SourceSplit,
  source: SourceDataset,
  numbering: Numbering,
  { skeleton = source, description }: LayoutOptions,
): CocoFile {
  const map = keypointMapper(source.keypoints, skeleton.keypoints);
  const toAnnotation = (person: SourcePerson, image: SourceImage): CocoFileAnnotation => {
    const keypoints = map(person.keypoints);
    return {
      id: numbering.person(person),
      image_id: numbering.image(image),
      category_id: 1,
      iscrowd: person.isCrowd ? 1 : 0,
      bbox: person.box,
      area: person.area ?? areaOfBox(person.box),
      ...(person.area === undefined && { area_source: "estimated_0.53_bbox" }),
      num_keypoints: countLabelled(keypoints),
      keypoints,
    };
  };
  return {
    info: { description, contributor: "dypose data convert" },
    licenses: [],
    images: images.map((image) => ({
      id: numbering.image(image),
      file_name: image.fileName,
      width: image.width,
      height: image.height,
    })),
    annotations: images.flatMap((image) => image.people.map((person) => toAnnotation(person, image))),
    categories: [personCategory(skeleton)],
  };
}

/**
 * Makes the function that turns one skeleton's keypoints into another's, by name; those that the first lacks are
 * unlabelled.
 *
 * @returns A function on x, y, visibility triples.
 */
function keypointMapper(
  from: readonly string[],
  to: readonly string[],
): (keypoints: readonly number[]) => number[] {
  const sources = to.map((name) => from.indexOf(name));
  return (keypoints) =>
    sources.flatMap((source) => (source < 0 ? [0, 0, 0] : keypoints.slice(3 * source, 3 * source + 3)));
}
