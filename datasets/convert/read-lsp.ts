import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { inParallel } from "../files/in-parallel.ts";
import { readImageSize } from "../image/read-image.ts";
import { type MatArray, readMatArrays } from "./mat-file.ts";
import { boxOfKeypoints, type SourceDataset } from "./source-dataset.ts";

/** In the data's order; left and right are the person's own. */
export const LSP_KEYPOINTS = [
  "right_ankle",
  "right_knee",
  "right_hip",
  "left_hip",
  "left_knee",
  "left_ankle",
  "right_wrist",
  "right_elbow",
  "right_shoulder",
  "left_shoulder",
  "left_elbow",
  "left_wrist",
  "neck",
  "head_top",
] as const;

const EDGES: readonly (readonly [number, number])[] = [
  [0, 1],
  [1, 2],
  [3, 4],
  [4, 5],
  [2, 3],
  [6, 7],
  [7, 8],
  [9, 10],
  [10, 11],
  [8, 12],
  [9, 12],
  [12, 13],
];

/**
 * Reads Leeds Sports Pose, or its extended training set: a folder with `joints.mat` and `images/`, one person an image.
 * It has neither boxes nor areas: boxes are drawn around the keypoints.
 *
 * Source: Johnson & Everingham, BMVC 2010 and CVPR 2011.
 *
 * @throws {Error} If `joints.mat` or a picture is missing, or their numbers differ.
 */
export async function readLsp(folder: string): Promise<SourceDataset> {
  const file = join(folder, "joints.mat");
  const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`${file}: expected LSP's joints, got ${cause.code}`, { cause });
  });
  const joints = readMatArrays(bytes, file).find(({ name }) => name === "joints");
  const people = keypointsOf(joints, file);
  const names = (await readdir(join(folder, "images"))).filter((name) => /\.(jpe?g|png)$/i.test(name)).sort();
  if (names.length !== people.length) {
    throw new Error(
      `${folder}: expected ${people.length} images (joints.mat's), got ${names.length} in images/`,
    );
  }
  const images = await inParallel(names.length, async (index) => {
    const fileName = names[index] as string;
    const path = join(folder, "images", fileName);
    const { width, height } = await readImageSize(path);
    const keypoints = people[index] as number[];
    const box = boxOfKeypoints(keypoints, width, height);
    return { fileName, path, width, height, people: box ? [{ keypoints, box }] : [] };
  });
  return { keypoints: LSP_KEYPOINTS, edges: EDGES, splits: [{ name: "train2017", images }] };
}

/** Each person's x, y, visibility triples. */
function keypointsOf(joints: MatArray | undefined, file: string): number[][] {
  const [rows = 0, columns = 0, count = 0] = joints?.shape ?? [];
  // LSP is [3, 14, N] and marks hidden joints; LSPET is [14, 3, N] and marks labelled ones.
  const isExtended = rows === 14 && columns === 3;
  if (!joints || !(isExtended || (rows === 3 && columns === 14))) {
    const got = joints ? `[${joints.shape.join(", ")}]` : "none";
    throw new TypeError(`${file}: expected an array "joints" of shape [3, 14, N] or [14, 3, N], got ${got}`);
  }
  const at = (joint: number, row: number, person: number) => {
    const index = isExtended ? joint + 14 * row : row + 3 * joint;
    return joints.data[index + 42 * person] ?? Number.NaN;
  };
  return Array.from({ length: count }, (_, person) =>
    LSP_KEYPOINTS.flatMap((_, joint) => {
      const mark = at(joint, 2, person);
      const visibility = isExtended ? (mark > 0 ? 2 : 0) : mark > 0 ? 1 : 2;
      return visibility === 0 ? [0, 0, 0] : [at(joint, 0, person), at(joint, 1, person), visibility];
    }),
  );
}
