import fc from "fast-check";
import { expect, test } from "vitest";
import { createRandom } from "../../datasets/random.ts";
import { PoseSmoother } from "../../src/track/one-euro.ts";

const RATE = 30;
const box = { height: 200 };
const joint = (x: number, y = 0, score = 1) => ({ x, y, score, name: "nose" });

test("a constant stays what it is", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1, max: 1e4, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (x, score) => {
        const smoother = new PoseSmoother();
        for (let i = 0; i < 30; i += 1) {
          const [out] = smoother.smooth([joint(x, x / 2, score)], box, i / RATE);
          expect(out).toEqual(joint(x, x / 2, score));
        }
      },
    ),
  );
});

test("two steps by hand", () => {
  const smoother = new PoseSmoother({ minCutoff: 1, beta: 0.5, speedCutoff: 1 });
  smoother.smooth([joint(100)], { height: 10 }, 0);
  const [out] = smoother.smooth([joint(110)], { height: 10 }, 0.1);
  // Weight at 1 Hz and 0.1 s: r = 2π · 1 · 0.1 = 0.62832; r / (r + 1) = 0.38587.
  // Speed: 10 pixels / 0.1 s / 10 pixels = 10 heights a second, of which 0.38587: 3.8587.
  // Cutoff 1 + 0.5 · 3.8587 = 2.92935; r = 1.84057; weight 0.64796: 100 + 10 · 0.64796.
  expect(out?.x).toBeCloseTo(106.4796, 3);
});

test("the lag behind steady motion is bounded, and the same near and far", () => {
  for (const height of [50, 200, 800]) {
    for (const speed of [0.25, 0.5, 1, 2, 4]) {
      const smoother = new PoseSmoother();
      let lag = 0;
      for (let i = 0; i < 60; i += 1) {
        const x = (speed * height * i) / RATE;
        const [out] = smoother.smooth([joint(x)], { height }, i / RATE);
        lag = (x - (out?.x ?? 0)) / height;
      }
      // 1 / (2π · cutoff) seconds' way, whatever the speed: below 1 / (2π · 10) = 0.016 heights, 3 pixels of 200.
      expect(lag).toBeGreaterThan(0);
      expect(lag).toBeLessThan(0.016);
    }
  }
});

test("the jitter of a joint at rest becomes less than half", () => {
  const random = createRandom(5);
  const smoother = new PoseSmoother();
  const noise: number[] = [];
  const left: number[] = [];
  for (let i = 0; i < 600; i += 1) {
    // Uniform in ±2 pixels of 200: about what a heatmap's peaks jitter by.
    const x = 4 * (random.uniform() - 0.5);
    const [out] = smoother.smooth([joint(x)], box, i / RATE);
    noise.push(x);
    left.push(out?.x ?? 0);
  }
  const rms = (values: number[]) =>
    Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
  expect(rms(left) / rms(noise)).toBeLessThan(0.5);
});

test("after a gap it starts anew, and does not drag the old place along", () => {
  const smoother = new PoseSmoother();
  smoother.smooth([joint(0)], box, 0);
  expect(smoother.smooth([joint(300)], box, 0.6)[0]?.x).toBe(300);
});

test("a joint that is hardly seen moves less for it", () => {
  const moved = (score: number) => {
    const smoother = new PoseSmoother();
    smoother.smooth([joint(0)], box, 0);
    return smoother.smooth([joint(10, 0, score)], box, 1 / RATE)[0]?.x ?? 0;
  };
  expect(moved(0.05)).toBeCloseTo(moved(1) / 4, 9);
});
