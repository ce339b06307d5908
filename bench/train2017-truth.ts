import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { seededRandom } from "../datasets/synth/random.ts";
import { COCO_SKELETON } from "../eval/skeletons/coco.ts";
import { jsonArray, polygonAround, twoDecimals, writeText } from "./eval-data.ts";

/** Image size that the labels' shares are multiplied with; the labels do not give the true one. */
const [WIDTH, HEIGHT] = [640, 480];

/**
 * Writes ground truth of train2017's size: every person of a folder of YOLO pose labels (one file an image; a line a
 * person: class, box centre and size, then x, y, visibility of 17 keypoints, all shares of the image), each with an
 * outline of COCO's usual length.
 *
 * @returns How many persons there are.
 */
export async function writeTrain2017Truth(labelsFolder: string, truthFile: string): Promise<number> {
  const random = seededRandom("train2017");
  const files = readdirSync(labelsFolder).sort();
  const imageId = (file: string): number => Number(basename(file, ".txt"));
  const persons = files.flatMap((file) =>
    readFileSync(join(labelsFolder, file), "utf8")
      .trim()
      .split("\n")
      .map((line) => ({ imageId: imageId(file), numbers: line.split(" ").map(Number) })),
  );
  const images = jsonArray(files.length, (i) => ({
    license: 1,
    file_name: basename(files[i] as string, ".txt").concat(".jpg"),
    height: HEIGHT,
    width: WIDTH,
    id: imageId(files[i] as string),
  }));
  const annotations = jsonArray(persons.length, (i) => {
    const { imageId, numbers } = persons[i] as (typeof persons)[number];
    const [, x = 0, y = 0, width = 0, height = 0, ...points] = numbers;
    const box = [(x - width / 2) * WIDTH, (y - height / 2) * HEIGHT, width * WIDTH, height * HEIGHT].map(
      twoDecimals,
    );
    const keypoints = points.map((value, k) =>
      Math.round([value * WIDTH, value * HEIGHT, value][k % 3] as number),
    );
    return {
      segmentation: polygonAround(random, box as [number, number, number, number]),
      num_keypoints: keypoints.filter((value, k) => k % 3 === 2 && value > 0).length,
      area: twoDecimals(width * WIDTH * height * HEIGHT * 0.53),
      iscrowd: 0,
      keypoints,
      image_id: imageId,
      bbox: box,
      category_id: 1,
      id: i + 1,
    };
  });
  const category = { supercategory: "person", id: 1, name: "person", keypoints: COCO_SKELETON.keypoints };
  const pieces = [
    '{"images":',
    images,
    ',"annotations":',
    annotations,
    `,"categories":[${JSON.stringify(category)}]}`,
  ];
  await writeText(truthFile, pieces);
  return persons.length;
}
