import { beforeAll, expect, test } from "vitest";
import type { Box } from "../../datasets/crop/crop-geometry.ts";
import type { DetectPersonsOptions, PersonDetector } from "../../src/detect/person-detector.ts";
import { detectPoses } from "../../src/infer/detect-poses.ts";
import { findPersons } from "../../src/infer/find-persons.ts";
import { testEngine } from "../engine.ts";
import { paintedNetwork, tensorCount } from "./painted-network.ts";

beforeAll(async () => {
  await testEngine();
});

/** Black, with a red, a green and a blue square of 9x9 pixels in the right half: a person whom the painted network sees. */
function picture() {
  const [width, height] = [200, 100];
  const data = new Uint8Array(width * height * 3);
  for (const [channel, [x, y]] of [
    [130, 30],
    [150, 50],
    [140, 75],
  ].entries()) {
    for (let dy = -4; dy <= 4; dy++) {
      for (let dx = -4; dx <= 4; dx++) data[(((y ?? 0) + dy) * width + (x ?? 0) + dx) * 3 + channel] = 255;
    }
  }
  return { width, height, data };
}

const PERSON: Box = { x: 110, y: 10, width: 60, height: 80 };
const NOBODY: Box = { x: 5, y: 10, width: 30, height: 40 };

/** A detector that knows the answer and remembers what it was asked. */
function oracle(...boxes: (Box & { score: number })[]) {
  const asked: (DetectPersonsOptions | undefined)[] = [];
  const detector: PersonDetector = {
    name: "oracle",
    detect: async (_, options) => {
      asked.push(options);
      return boxes;
    },
    dispose() {},
  };
  return { asked, detector };
}

test("a person's score is the detector's times that of the keypoints, and boxes in which nobody is seen are left out", async () => {
  const network = paintedNetwork();
  const { detector } = oracle({ ...NOBODY, score: 0.9 }, { ...PERSON, score: 0.5 });
  const [alone] = await detectPoses(network, picture(), [PERSON]);
  const found = await findPersons(network, detector, picture());
  expect(alone?.score).toBeGreaterThan(0.2);
  expect(found).toEqual([{ ...alone, score: 0.5 * (alone?.score ?? 0) }]);
});

test("a person whose keypoints are seen too poorly for the score asked for is left out", async () => {
  const network = paintedNetwork();
  const { detector } = oracle({ ...PERSON, score: 0.5 });
  const [found] = await findPersons(network, detector, picture());
  const score = found?.score ?? 0;
  expect(await findPersons(network, detector, picture(), { minPersonScore: score })).toHaveLength(1);
  expect(await findPersons(network, detector, picture(), { minPersonScore: score + 1e-6 })).toEqual([]);
});

test("of two boxes that give the same pose the surer one stays", async () => {
  // half a pixel apart: the same crop, but for rounding
  const twin = { ...PERSON, x: PERSON.x + 0.5, score: 0.8 };
  const { detector } = oracle({ ...PERSON, score: 0.5 }, twin);
  const found = await findPersons(paintedNetwork(), detector, picture());
  expect(found.map(({ box }) => box.x)).toEqual([twin.x]);
});

test("the detector is asked for as many boxes as the options say, of the score that a person has to have", async () => {
  const { detector, asked } = oracle();
  expect(await findPersons(paintedNetwork(), detector, picture())).toEqual([]);
  await findPersons(paintedNetwork(), detector, picture(), { minPersonScore: 0.1, maxPersons: 3 });
  expect(asked).toEqual([
    { minScore: 0.2, maxPersons: undefined },
    { minScore: 0.1, maxPersons: 3 },
  ]);
});

test("no tensor is left behind", async () => {
  const network = paintedNetwork();
  const { detector } = oracle({ ...NOBODY, score: 0.9 }, { ...PERSON, score: 0.5 });
  await findPersons(network, detector, picture());
  const before = tensorCount();
  await findPersons(network, detector, picture());
  expect(tensorCount()).toBe(before);
});
