import { expect, test } from "vitest";
import { type Box, tupleOfBox } from "../../datasets/crop/crop-geometry.ts";
import { boxIou } from "../../eval/analysis/person-groups.ts";
import { boxAround, type TrackPose } from "../../src/track/pose-geometry.ts";
import { trackPoses } from "../../src/track/track-poses.ts";
import { SIGMAS, walker } from "./persons.ts";

const WIDTH = 640;
const HEIGHT = 480;

interface Scene {
  readonly frames: number;
  /** The people of a frame. */
  readonly at: (index: number) => readonly TrackPose[];
}

/** Plays a scene: a detector and an estimator that know who is where, and are told as much as real ones. */
function play({ frames, at }: Scene) {
  let now = 0;
  const calls = { detect: [] as number[], estimate: [] as number[] };
  async function* film() {
    for (let i = 0; i < frames; i += 1) {
      now = i;
      yield { width: WIDTH, height: HEIGHT, data: new Uint8Array(0), seconds: i / 30, number: i };
    }
  }
  return {
    calls,
    film,
    detect: async () => {
      calls.detect.push(now);
      return at(now).flatMap(({ keypoints }) => boxAround(keypoints) ?? []);
    },
    estimate: async (_: unknown, boxes: readonly Box[]): Promise<TrackPose[]> => {
      calls.estimate.push(boxes.length);
      return boxes.map((box) => {
        // The person most in the box; a box without one gives a pose that is unsure.
        const best = at(now)
          .map((pose) => ({
            pose,
            overlap: boxIou(tupleOfBox(box), tupleOfBox(boxAround(pose.keypoints) as Box)),
          }))
          .sort((a, b) => b.overlap - a.overlap)[0];
        if (best && best.overlap > 0.3) return best.pose;
        return {
          score: 0,
          keypoints: walker(box.x, box.y, 0).keypoints.map((point) => ({ ...point, score: 0 })),
        };
      });
    },
  };
}

async function collect(
  scene: Scene,
  options: { detectEvery?: number; maxPersons?: number; smooth?: boolean } = {},
) {
  const stage = play(scene);
  const ids: number[][] = [];
  const frames = [];
  for await (const frame of trackPoses(stage.film(), { sigmas: SIGMAS, ...stage, ...options })) {
    ids.push(frame.persons.map(({ id }) => id));
    frames.push(frame);
  }
  return { ids, calls: stage.calls, frames };
}

test("a walker keeps one id for 60 frames, with the detector on every tenth only", async () => {
  const { ids, calls } = await collect({ frames: 60, at: (i) => [walker(150 + 5 * i, 240, i / 4)] });
  expect(new Set(ids.map(String))).toEqual(new Set(["1"]));
  expect(calls.detect).toEqual([0, 10, 20, 30, 40, 50]);
  expect(new Set(calls.estimate)).toEqual(new Set([1]));
});

test("while nobody is there, the detector looks at every frame, and nothing is estimated", async () => {
  const { ids, calls } = await collect({ frames: 5, at: () => [] });
  expect(ids).toEqual([[], [], [], [], []]);
  expect(calls.detect).toEqual([0, 1, 2, 3, 4]);
  expect(calls.estimate).toEqual([]);
});

test("somebody who comes in later is found by the next detection", async () => {
  const { ids } = await collect({
    frames: 30,
    at: (i) => [walker(200, 240, i / 4), ...(i >= 11 ? [walker(450, 240, i / 4)] : [])],
  });
  expect(ids[10]).toEqual([1]);
  expect(ids[20]).toEqual([1, 2]);
  expect(ids.at(-1)).toEqual([1, 2]);
});

test("the detector runs in the frame after somebody is lost, sooner than usual while lost, and then as usual", async () => {
  const { calls, ids } = await collect({
    frames: 60,
    at: (i) => [walker(200, 240, i / 4), ...(i < 13 ? [walker(450, 240, i / 4)] : [])],
  });
  // Seen last in frame 12; missing in 13; in 14 at once, then every third while it is remembered: a second.
  expect(calls.detect.slice(0, 5)).toEqual([0, 10, 14, 17, 20]);
  const [before, last] = calls.detect.slice(-2);
  expect((last ?? 0) - (before ?? 0)).toBe(10);
  expect(ids.at(-1)).toEqual([1]);
});

test("at the picture's border the detector looks every third frame", async () => {
  const { calls } = await collect({ frames: 10, at: (i) => [walker(40, 240, i / 4)] });
  expect(calls.detect).toEqual([0, 3, 6, 9]);
});

test("two boxes of one person give one pose", async () => {
  const stage = play({ frames: 3, at: (i) => [walker(200, 240, i / 4)] });
  const twice = async () => {
    const [box] = await stage.detect();
    return box ? [box, { ...box, x: box.x + 10 }] : [];
  };
  for await (const { persons } of trackPoses(stage.film(), {
    sigmas: SIGMAS,
    ...stage,
    detect: twice,
    detectEvery: 1,
  })) {
    expect(persons.map(({ id }) => id)).toEqual([1]);
  }
});

test("smoothing changes where keypoints are, and nothing of who is there", async () => {
  const scene = { frames: 20, at: (i: number) => [walker(150 + 5 * i, 240, i / 4)] };
  const smooth = await collect(scene);
  const raw = await collect(scene, { smooth: false });
  expect(smooth.ids).toEqual(raw.ids);
  expect(raw.frames[19]?.persons[0]?.keypoints).toEqual(walker(245, 240, 19 / 4).keypoints);
  const moved = smooth.frames[19]?.persons[0]?.keypoints[0]?.x ?? 0;
  expect(moved).not.toBe(245);
  expect(Math.abs(moved - 245)).toBeLessThan(5);
});

test("over 2,000 frames nothing piles up: one frame is asked for at a time, and who has left is forgotten", async () => {
  const stage = play({
    frames: 2000,
    // Somebody new every 20 frames, somewhere else.
    at: (i) => [walker(100 + ((97 * Math.floor(i / 20)) % 450), 240, i / 4)],
  });
  let taken = 0;
  async function* counted() {
    for await (const frame of stage.film()) {
      // The loop asks for a frame only after the one before was taken from it.
      expect(taken).toBe(frame.number);
      yield frame;
    }
  }
  const box = { most: 0 };
  for await (const { persons, index } of trackPoses(counted(), { sigmas: SIGMAS, ...stage })) {
    taken = index + 1;
    box.most = Math.max(box.most, persons.length);
  }
  expect(taken).toBe(2000);
  expect(box.most).toBe(1);
  // At most the coasting tracks of a second beside the one that is there.
  expect(Math.max(...stage.calls.estimate)).toBeLessThanOrEqual(4);
});

test("an error of the detector ends the loop, and closes the frames", async () => {
  let closed = false;
  const stage = play({ frames: 5, at: () => [] });
  async function* film() {
    try {
      yield* stage.film();
    } finally {
      closed = true;
    }
  }
  const detect = async () => {
    throw new Error("no");
  };
  const loop = trackPoses(film(), { sigmas: SIGMAS, ...stage, detect });
  await expect(loop.next()).rejects.toThrow("no");
  expect(closed).toBe(true);
});
