import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { crowdPoseLines, evaluateCrowdPose } from "../../eval/protocol.ts";
import { type RandomCrowdCase, randomCrowdCase } from "./random-crowd-case.ts";

const stored: { cases: { seed: number; stats: number[]; lines: string[] }[] } = JSON.parse(
  readFileSync(new URL("../fixtures/eval/crowd-cases.json", import.meta.url), "utf8"),
);

test(`${stored.cases.length} random crowds give the stored nine numbers and lines of xtcocotools`, () => {
  for (const { seed, stats, lines } of stored.cases) {
    const { truth, results, crowdIndices } = randomCrowdCase(seed) as RandomCrowdCase;
    const evaluation = evaluateCrowdPose(truth, results, crowdIndices);
    expect({ seed, lines: crowdPoseLines(evaluation) }).toEqual({ seed, lines });
    for (const [i, value] of stats.entries()) {
      expect(
        Math.abs((evaluation.stats[i] as number) - value),
        `seed ${seed}, number ${i}`,
      ).toBeLessThanOrEqual(1e-12);
    }
  }
});

test("an image without a crowd index is named", () => {
  const truth = { imageIds: [7], categoryIds: [1], annotations: [] };
  expect(() => evaluateCrowdPose(truth, [], new Map())).toThrow(
    "evaluateCrowdPose: expected a crowd index of image 7, got none",
  );
});
