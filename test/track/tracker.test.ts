import fc from "fast-check";
import { expect, test } from "vitest";
import { oksVariances } from "../../eval/oks.ts";
import { poseSimilarity } from "../../src/track/pose-geometry.ts";
import { Tracker } from "../../src/track/tracker.ts";
import { person, SIGMAS, walker } from "./persons.ts";

const RATE = 30;
const tracker = () => new Tracker({ sigmas: SIGMAS });

test("an id stays over 60 frames of a person who walks, at any speed up to a height a second and more", () => {
  // 0, 3, 6, 9 pixels a frame at 30 frames a second: up to 270 pixels, 1.35 heights, a second.
  for (const step of [0, 3, 6, 9]) {
    const one = tracker();
    const ids = Array.from({ length: 60 }, (_, i) =>
      one.update([walker(50 + step * i, 200, i / 4)], i / RATE).join(),
    );
    expect(new Set(ids)).toEqual(new Set(["1"]));
  }
});

test("two who cross keep their ids, both seen or one hidden by the other", () => {
  for (const hidden of [false, true]) {
    const one = tracker();
    let last: (number | undefined)[] = [];
    for (let i = 0; i <= 60; i += 1) {
      const right = walker(100 + 5 * i, 200, i / 4);
      // 15 pixels lower, 60 frames at -5: they meet at frame 30.
      const left = walker(400 - 5 * i, 215, -i / 4 + 1);
      const isBehind = hidden && i > 24 && i < 36;
      last = one.update(isBehind ? [right] : [right, left], i / RATE);
    }
    expect(last, hidden ? "one hidden" : "both seen").toEqual([1, 2]);
  }
});

test("the order of the poses decides nothing", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          x: fc.integer({ min: 0, max: 800 }),
          y: fc.integer({ min: 0, max: 400 }),
          speed: fc.integer({ min: -6, max: 6 }),
          score: fc.double({ min: 0.1, max: 0.9, noNaN: true }),
        }),
        { minLength: 1, maxLength: 6 },
      ),
      fc.infiniteStream(fc.nat()),
      (people, shuffles) => {
        const straight = tracker();
        const shuffled = tracker();
        for (let i = 0; i < 8; i += 1) {
          const poses = people.map(({ x, y, speed, score }) => person(x + speed * i, y, 120, score));
          const keys = poses.map((_, k) => ({ k, key: shuffles.next().value as number }));
          const order = keys.sort((a, b) => a.key - b.key).map(({ k }) => k);
          const ids = straight.update(poses, i / RATE);
          const others = shuffled.update(
            order.map((k) => poses[k] as (typeof poses)[0]),
            i / RATE,
          );
          // Two in the same place with the same score are the same pose: which of them is the twin cannot be said.
          const places = (list: readonly (number | undefined)[], at: (k: number) => number) =>
            list
              .map((id, k) => [id, JSON.stringify(poses[at(k)])] as const)
              .filter(([id]) => id)
              .sort();
          expect(places(others, (k) => order[k] as number)).toEqual(places(ids, (k) => k));
        }
      },
    ),
  );
});

test("a person out of sight for less than a second comes back as who it was, later as somebody new", () => {
  const back = (gap: number) => {
    const one = tracker();
    for (let i = 0; i < 10; i += 1) one.update([person(200, 200)], i / RATE);
    const since = 9 / RATE;
    return one.update([person(203, 200)], since + gap);
  };
  expect(back(0.9)).toEqual([1]);
  expect(back(1.1)).toEqual([2]);
});

test("unsure poses keep a track and begin none", () => {
  const one = tracker();
  expect(one.update([person(200, 200, 200, 0.3)], 0)).toEqual([undefined]);
  expect(one.update([person(200, 200, 200, 0.5)], 1 / RATE)).toEqual([1]);
  expect(one.update([person(202, 200, 200, 0.3)], 2 / RATE)).toEqual([1]);
  // Between high (0.4) and new (0.45), far from the track.
  expect(one.update([person(600, 200, 200, 0.42)], 3 / RATE)).toEqual([undefined]);
  // Below low (0.2): not looked at, even on the track.
  expect(one.update([person(202, 200, 200, 0.1)], 4 / RATE)).toEqual([undefined]);
});

test("a person found twice in a frame is one person", () => {
  const one = tracker();
  expect(one.update([person(200, 200, 200, 0.7), person(201, 200, 200, 0.8)], 0)).toEqual([undefined, 1]);
  expect(one.tracks).toHaveLength(1);
});

test("tracks do not pile up: who is lost for a second is forgotten", () => {
  const one = tracker();
  for (let i = 0; i < 2000; i += 1) one.update([person(200 + 900 * (i % 7), 200 + 900 * (i % 11))], i);
  expect(one.tracks.length).toBeLessThanOrEqual(2);
});

test("time that does not go on and poses of another skeleton are refused", () => {
  const one = tracker();
  one.update([], 1);
  expect(() => one.update([], 1)).toThrow("Tracker.update: expected a time after 1 s, got 1");
  expect(() => one.update([{ score: 1, keypoints: [] }], 2)).toThrow("expected 17 keypoints, got 0");
});

test("similarity is OKS over what both show", () => {
  const variances = oksVariances(SIGMAS);
  const a = person(200, 200);
  expect(poseSimilarity(a.keypoints, a.keypoints, variances)).toBeCloseTo(1, 12);
  const { keypoints } = person(210, 200);
  // Extent 0.32 x 0.89 heights: 64 x 178 pixels; room 0.15 · 178 = 26.7: box 117.4 x 231.4; area 0.53 of it.
  const area = 0.53 * 117.4 * 231.4;
  const expected = SIGMAS.reduce(
    (sum, sigma) => sum + Math.exp(-(10 ** 2) / (2 * area * (2 * sigma) ** 2)),
    0,
  );
  expect(poseSimilarity(a.keypoints, keypoints, variances)).toBeCloseTo(expected / 17, 9);
  const unseen = a.keypoints.map((point) => ({ ...point, score: 0 }));
  expect(poseSimilarity(a.keypoints, unseen, variances)).toBe(0);
});
