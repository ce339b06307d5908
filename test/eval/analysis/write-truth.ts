import { writeFile } from "node:fs/promises";
import type { KeypointTruth } from "../../../eval/keypoint-data.ts";

/** Writes ground truth as a COCO file, images named by their ids. */
export async function writeTruth(file: string, { imageIds, annotations }: KeypointTruth): Promise<void> {
  const content = {
    images: imageIds.map((id) => ({ id, file_name: `${id}.jpg`, width: 640, height: 480 })),
    annotations: annotations.map(({ id, imageId, keypoints, numKeypoints, box, area, isCrowd }) => ({
      id,
      image_id: imageId,
      category_id: 1,
      keypoints,
      num_keypoints: numKeypoints,
      bbox: box,
      area,
      iscrowd: Number(isCrowd),
    })),
    categories: [{ id: 1, name: "person" }],
  };
  await writeFile(file, JSON.stringify(content));
}
