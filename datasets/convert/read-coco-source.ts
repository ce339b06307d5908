import { basename } from "node:path";
import type { Skeleton } from "../../eval/skeletons/skeleton.ts";
import type { PersonAnnotation } from "../coco/coco-keypoints.ts";
import { readAnnotations } from "../coco/read-annotations.ts";
import { imagePath } from "../image/image-path.ts";
import { KNOWN_SKELETONS } from "../skeleton-file.ts";
import { type SourceDataset, type SourceSplit, splitName } from "./source-dataset.ts";

/**
 * Reads annotation files in COCO's JSON, as CrowdPose's are; a file is a split, named by its own name.
 *
 * @throws {Error} If the files name different keypoints.
 */
export async function readCocoSource(files: readonly string[], imageFolder: string): Promise<SourceDataset> {
  let keypoints: readonly string[] | undefined;
  const splits: SourceSplit[] = [];
  for (const file of files) {
    const coco = await readAnnotations(file);
    const names = coco.categories.find((category) => category.keypoints.length > 0)?.keypoints;
    if (!names) throw new TypeError(`${file}: expected a category that names its keypoints, got none`);
    if (keypoints && keypoints.join() !== names.join()) {
      throw new TypeError(`${file}: expected the keypoints of ${files[0]}, got ${names.join(", ")}`);
    }
    keypoints = names;
    const people = peopleByImage(coco.annotations);
    const images = coco.images.map(({ id, fileName, width, height }) => ({
      id,
      fileName,
      path: imagePath(imageFolder, fileName),
      width,
      height,
      people: (people.get(id) ?? []).map((person) => ({
        id: person.id,
        keypoints: Array.from(person.keypoints),
        box: person.box,
        isCrowd: person.isCrowd,
        ...(person.areaEstimated ? {} : { area: person.area }),
      })),
    }));
    splits.push({ name: splitOf(file), images });
  }
  return { keypoints: keypoints ?? [], edges: edgesOf(keypoints ?? []), splits };
}

function peopleByImage(annotations: readonly PersonAnnotation[]): Map<number, PersonAnnotation[]> {
  const people = new Map<number, PersonAnnotation[]>();
  for (const person of annotations) {
    const others = people.get(person.imageId);
    if (others) others.push(person);
    else people.set(person.imageId, [person]);
  }
  return people;
}

/** `crowdpose_val.json` and `person_keypoints_val2017.json` are both val2017. */
function splitOf(file: string): string {
  const last = basename(file, ".json").split("_").at(-1) ?? "";
  return splitName(last);
}

function edgesOf(names: readonly string[]): Skeleton["edges"] {
  const known = KNOWN_SKELETONS.find(({ keypoints }) => keypoints.join() === names.join());
  return known?.edges ?? [];
}
