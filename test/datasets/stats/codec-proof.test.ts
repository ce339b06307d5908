import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readAnnotations, truthOf } from "../../../datasets/coco/read-annotations.ts";
import { CODEC_NAMES, createCodec } from "../../../datasets/codecs/codecs.ts";
import { boxOfTuple } from "../../../datasets/crop/crop-geometry.ts";
import { selectPersons } from "../../../datasets/loader/person-sample.ts";
import { proveCodec } from "../../../datasets/stats/codec-proof.ts";

const DATA = process.env["DYPOSE_DATA"] ?? "../shared/data";
const FILE = join(DATA, "coco/annotations/person_keypoints_val2017.json");
const GRID = { inputSize: [256, 192], heatmapSize: [64, 48], sigma: 2 } as const;

/** AP that labelled keypoints keep at least, and image pixels that they move by on average at most. */
const BOUNDS = { gaussian: [0.95, 1.6], dark: [0.99, 0.01], udp: [0.99, 0.01] } as const;

test.skipIf(!existsSync(FILE)).each(CODEC_NAMES)(
  "%s keeps the AP of COCO's labelled keypoints (needs ../shared/data or DYPOSE_DATA)",
  async (name) => {
    const coco = await readAnnotations(FILE);
    const proof = proveCodec(createCodec(name, GRID), selectPersons(coco), truthOf(coco));
    expect(proof.perfect).toBe(1);
    expect(proof.averagePrecision).toBeGreaterThanOrEqual(BOUNDS[name][0]);
    expect(proof.meanError).toBeLessThan(BOUNDS[name][1]);
    expect(proof.lost).toBeLessThan(30);
  },
);

test("keypoints that a codec moves cost AP, and those it keeps do not", () => {
  const box = [0, 0, 96, 128] as const;
  const keypoints = Array.from({ length: 17 }, (_, k) => [5 + 5 * k, 10 + 6 * k, 2]).flat();
  const person = { imageId: 1, annotationId: 1, fileName: "a.jpg", box: boxOfTuple(box), keypoints };
  const annotation = {
    id: 1,
    imageId: 1,
    categoryId: 1,
    keypoints,
    numKeypoints: 17,
    box,
    area: 400,
    isCrowd: false,
  };
  const truth = { imageIds: [1], categoryIds: [1], annotations: [annotation] };
  const udp = createCodec("udp", GRID);
  expect(proveCodec(udp, [person], truth).averagePrecision).toBeCloseTo(1, 12);
  // A decoder that is a whole area's square root (20 pixels) off finds nobody.
  const blind: typeof udp = {
    ...udp,
    decode: (heatmaps) => {
      const { points, scores } = udp.decode(heatmaps);
      return { points: points.map((value) => value + 40), scores };
    },
  };
  const proof = proveCodec(blind, [person], truth);
  expect(proof.averagePrecision).toBe(0);
  // 40 crop pixels on both axes are 40 · √2; a crop of 160 pixels height fills 256 - 1 steps.
  expect(proof.meanCropError).toBeCloseTo(40 * Math.SQRT2, 2);
  expect(proof.meanError).toBeCloseTo((40 * Math.SQRT2 * 160) / 255, 0);
});
