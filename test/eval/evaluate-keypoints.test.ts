import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { evaluateKeypoints } from "../../eval/evaluate-keypoints.ts";
import { QUIRKS } from "../../eval/quirks.ts";
import { ORACLE_PYTHON, ourVerdict, pycocotoolsVerdicts, type Verdict } from "./pycocotools.ts";
import { randomCase } from "./random-case.ts";

const stored: { reference: object; cases: (Verdict & { seed: number })[] } = JSON.parse(
  readFileSync(new URL("../fixtures/eval/random-cases.json", import.meta.url), "utf8"),
);

test(`${stored.cases.length} random mixes give the stored numbers of pycocotools, arrays to the last bit`, () => {
  expect(stored.cases.length).toBeGreaterThan(299);
  for (const { seed, ...expected } of stored.cases) {
    expect({ seed, ...ourVerdict(randomCase(seed)) }).toEqual({ seed, ...expected });
  }
});

test.skipIf(!ORACLE_PYTHON)(
  "fresh random mixes give pycocotools' numbers (needs DYPOSE_ORACLE_PYTHON)",
  () => {
    const first = Math.floor(Date.now() / 1000); // other seeds on every run; a failure names its own
    const seeds = Array.from({ length: 60 }, (_, i) => first + i).filter(
      (seed) => randomCase(seed).results.length > 0,
    );
    const { verdicts } = pycocotoolsVerdicts(seeds);
    seeds.forEach((seed, i) => {
      expect({ seed, ...ourVerdict(randomCase(seed)) }).toEqual({ seed, ...verdicts[i] });
    });
  },
);

test("each quirk changes the numbers of some random mix, so each is really there", () => {
  for (const quirk of QUIRKS) {
    const quirks = QUIRKS.filter((other) => other !== quirk);
    const moved = stored.cases.filter(({ seed, stats }) => {
      const { truth, results, params } = randomCase(seed);
      return evaluateKeypoints(truth, results, { ...params, quirks }).stats.some(
        (value, i) => value !== stats[i],
      );
    });
    expect.soft(moved.length, quirk).toBeGreaterThan(0);
  }
});
