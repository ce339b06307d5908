import { z } from "zod";
import type { BoxTuple } from "../../eval/keypoint-data.ts";
import { numberList } from "./parse-record.ts";

// COCO's spelling ends here: these schemas check its records, the readers beside them turn those into ours.

const box = numberList
  .refine((numbers) => numbers.length === 4, "4 numbers (x, y, width, height)")
  .transform((numbers) => numbers as unknown as BoxTuple);

export const imageSchema = z
  .object({
    id: z.int(),
    file_name: z.string(),
    width: z.int().positive(),
    height: z.int().positive(),
    crowdIndex: z.number().optional(),
  })
  .transform(({ file_name, crowdIndex, ...image }) => ({
    ...image,
    fileName: file_name,
    ...(crowdIndex === undefined ? {} : { crowdIndex }),
  }));

/** What an evaluation needs of an image. */
export const truthImageSchema = z.object({
  id: z.int(),
  file_name: z.string().optional(),
  crowdIndex: z.number().optional(),
});

export const annotationSchema = z.object({
  id: z.int(),
  image_id: z.int(),
  category_id: z.int(),
  keypoints: numberList,
  num_keypoints: z.int().nonnegative(),
  bbox: box,
  area: z.number().nonnegative().optional(),
  iscrowd: z.union([z.literal(0), z.literal(1), z.boolean()]).optional(),
});

export const categorySchema = z.object({
  id: z.int(),
  name: z.string(),
  keypoints: z.array(z.string()).default([]),
});

export const resultSchema = z.object({
  image_id: z.int(),
  category_id: z.int(),
  keypoints: numberList,
  score: z.number(),
  // Some tools write an empty box for none.
  bbox: z.union([box, z.tuple([])]).optional(),
});

export const detectionSchema = z.object({
  image_id: z.int(),
  category_id: z.int(),
  bbox: box,
  score: z.number(),
});
