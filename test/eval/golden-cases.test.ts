import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readTruth } from "../../datasets/coco/read-annotations.ts";
import { readResults } from "../../datasets/coco/results.ts";
import type { NumberArray } from "../../eval/accumulate.ts";
import { evaluateKeypoints } from "../../eval/evaluate-keypoints.ts";
import { crowdPoseLines, evaluateCrowdPose } from "../../eval/protocol.ts";
import { summaryLines } from "../../eval/summary.ts";

const GOLDEN = join(process.env["DYPOSE_DATA"] ?? "../shared/data", "evaluator");
const json = (...path: string[]) => JSON.parse(readFileSync(join(GOLDEN, ...path), "utf8"));
const isThere = existsSync(GOLDEN);

function expectClose(actual: ArrayLike<number>, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  const errors = expected.map((value, i) => Math.abs((actual[i] as number) - value));
  expect(Math.max(...errors)).toBeLessThanOrEqual(1e-12);
}

function expectArray({ data }: NumberArray, expected: unknown[]): void {
  expectClose(data, expected.flat(Number.POSITIVE_INFINITY) as number[]);
}

describe.skipIf(!isThere)("golden cases (need ../shared/data or DYPOSE_DATA)", () => {
  const names = isThere ? readdirSync(join(GOLDEN, "cases")) : [];

  test.each(names)("%s gives pycocotools' numbers and lines", async (name) => {
    const folder = join(GOLDEN, "cases", name);
    const expected = json("cases", name, "expected.json");
    const { catIds, sigmas, ...others } = json("cases", name, "case.json").params;
    expect(others).toEqual({}); // a case with other parameters needs them passed on
    const { truth } = await readTruth(join(folder, "gt.json"));
    const results = await readResults(join(folder, "dt.json"));
    const params = { ...(catIds ? { categoryIds: catIds } : {}), ...(sigmas ? { sigmas } : {}) };
    const evaluation = evaluateKeypoints(truth, results, params);
    expectClose(evaluation.stats, expected.stats);
    expect(summaryLines(evaluation)).toEqual(expected.summary);
    expectArray(evaluation.precision, expected.precision);
    expectArray(evaluation.recall, expected.recall);
    expectArray(evaluation.scores, expected.scores);
    expect(evaluation.counts).toEqual(expected.counts);
  });

  test.each([
    [
      "cocoapi_fake100",
      "person_keypoints_val2014_100_reconstructed",
      "person_keypoints_val2014_fakekeypoints100_results",
    ],
    ["xtcocoapi_example", "example_coco_val", "example_coco_preds"],
    ["faster_coco_eval_example", "keypoints_gt_dataset", "keypoints_dt_dataset"],
  ])("the example of %s gives its published numbers", async (folder, truthFile, resultsFile) => {
    const { truth } = await readTruth(join(GOLDEN, folder, `${truthFile}.json`));
    const results = await readResults(join(GOLDEN, folder, `${resultsFile}.json`));
    const expected = json("expected_stats.json");
    const stats =
      expected[folder] ??
      expected[folder.replace("_example", "_example_coco")] ??
      expected[folder.replace("_example", "_keypoints")];
    expectClose(evaluateKeypoints(truth, results).stats, stats);
  });

  test("xtcocotools' example of CrowdPose gives its printed lines", async () => {
    const { truth, crowdIndices } = await readTruth(
      join(GOLDEN, "xtcocoapi_example", "example_crowdpose_val.json"),
    );
    const results = await readResults(join(GOLDEN, "xtcocoapi_example", "example_crowdpose_preds.json"));
    const values = crowdPoseLines(evaluateCrowdPose(truth, results, crowdIndices)).map(
      (line) => line.split(" = ")[1],
    );
    // As xtcocotools 1.14.3 prints them.
    expect(values).toEqual([
      " 0.788",
      " 0.988",
      " 0.731",
      " 0.822",
      " 1.000",
      " 0.778",
      "1.000",
      "0.980",
      "0.412",
    ]);
  });
});
