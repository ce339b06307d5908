import fc from "fast-check";
import { expect, test } from "vitest";
import { type Candidate, oksNms } from "../../src/infer/oks-nms.ts";

const SIGMAS = [0.05, 0.1];

/** A person of two keypoints, `dx` pixels to the right. */
function person(dx: number, score: number, area = 100): Candidate {
  return { keypoints: [dx, 0, 0, dx + 10, 20, 0], score, area };
}

/** OKS of two such persons, area 100: the variances are (2·0.05)² = 0.01 and (2·0.1)² = 0.04. */
function oksAt(dx: number): number {
  return (Math.exp(-(dx ** 2) / 0.01 / 100 / 2) + Math.exp(-(dx ** 2) / 0.04 / 100 / 2)) / 2;
}

test("a person too similar to a better one is dropped, wherever it stands in the list", () => {
  // dx = 0.1: OKS 0.997; the third is far away
  const kept = oksNms([person(0.1, 0.5), person(0, 0.8), person(50, 0.3)], SIGMAS);
  expect(kept).toEqual([
    { index: 1, score: 0.8 },
    { index: 2, score: 0.3 },
  ]);
});

test("the threshold itself is not above the threshold", () => {
  const pair = [person(0, 0.8), person(0.5, 0.5)];
  expect(oksNms(pair, SIGMAS, { threshold: oksAt(0.5) + 1e-9 })).toHaveLength(2);
  expect(oksNms(pair, SIGMAS, { threshold: oksAt(0.5) - 1e-9 })).toHaveLength(1);
});

test("similarity is taken at the mean of the two areas, every keypoint counting whatever its score", () => {
  // areas 50 and 150: mean 100
  const pair = [person(0, 0.8, 50), person(0.5, 0.5, 150)];
  expect(oksNms(pair, SIGMAS, { threshold: oksAt(0.5) + 1e-9 })).toHaveLength(2);
  expect(oksNms(pair, SIGMAS, { threshold: oksAt(0.5) - 1e-9 })).toHaveLength(1);
});

test("soft suppression lowers the score by exp(-OKS² / threshold) and keeps the order of what results", () => {
  const kept = oksNms([person(0, 0.9), person(0.5, 0.8), person(50, 0.7)], SIGMAS, { kind: "soft" });
  // the far one is barely touched and overtakes the near one
  expect(kept.map(({ index }) => index)).toEqual([0, 2, 1]);
  const decay = Math.exp(-(oksAt(0.5) ** 2) / 0.9);
  expect(kept[2]?.score).toBeCloseTo(0.8 * decay, 12);
});

test("soft suppression keeps 20 persons unless told otherwise", () => {
  const crowd = Array.from({ length: 30 }, (_, i) => person(i * 50, 1 - i / 100));
  expect(oksNms(crowd, SIGMAS, { kind: "soft" })).toHaveLength(20);
  expect(oksNms(crowd, SIGMAS, { kind: "soft", maxPersons: 3 })).toHaveLength(3);
  expect(oksNms(crowd, SIGMAS)).toHaveLength(30);
});

test("nobody in, nobody out", () => {
  expect(oksNms([], SIGMAS)).toEqual([]);
});

test("without suppression all are kept, best first, equal scores in their order", () => {
  const kept = oksNms([person(0, 0.5), person(0, 0.7), person(0, 0.5)], SIGMAS, { kind: "none" });
  expect(kept.map(({ index }) => index)).toEqual([1, 0, 2]);
});

test.each([0, -1, Number.NaN])("a threshold of %d is refused", (threshold) => {
  expect(() => oksNms([], SIGMAS, { threshold })).toThrow(/oksNms: expected a threshold above 0/);
});

test("of what hard suppression keeps, no two are duplicates, and what it drops resembles something kept", () => {
  const persons = fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 9 })), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(persons, fc.constantFrom(0.3, 0.6, 0.9), (drawn, threshold) => {
      const candidates = drawn.map(([dx, score]) => person(dx / 10, score));
      const similarity = (a: number, b: number) => oksAt(((drawn[a]?.[0] ?? 0) - (drawn[b]?.[0] ?? 0)) / 10);
      const kept = oksNms(candidates, SIGMAS, { threshold }).map(({ index }) => index);
      for (const [i] of candidates.entries()) {
        const better = kept.filter(
          (k) => k !== i && (candidates[k]?.score ?? 0) >= (candidates[i]?.score ?? 0),
        );
        const resembles = better.some((k) => similarity(k, i) > threshold - 1e-9);
        if (!kept.includes(i)) expect(resembles).toBe(true);
      }
      for (const a of kept)
        for (const b of kept) if (a < b) expect(similarity(a, b)).toBeLessThan(threshold + 1e-9);
    }),
  );
});
