import { type Box, tupleOfBox } from "../../datasets/crop/crop-geometry.ts";
import type { RgbImage } from "../../datasets/image/rgb-image.ts";
import { boxIou } from "../../eval/analysis/person-groups.ts";
import { PoseSmoother, type SmoothingOptions } from "./one-euro.ts";
import { boxAround, type TrackKeypoint, type TrackPose } from "./pose-geometry.ts";
import { Tracker, type TrackerOptions } from "./tracker.ts";

/** A picture with its time. */
export interface TimedImage extends RgbImage {
  /** Later than the frame before. */
  readonly seconds: number;
}

export interface TrackPosesOptions<P extends TrackPose> extends TrackerOptions {
  /** Finds the boxes of all people in a picture. */
  readonly detect: (image: RgbImage) => Promise<readonly Box[]>;
  /** Finds the pose of the person in each box. The boxes lie in the picture. */
  readonly estimate: (image: RgbImage, boxes: readonly Box[]) => Promise<readonly P[]>;
  /** Frames from one run of the detector to the next, when all goes well. @default 10 */
  readonly detectEvery?: number;
  /** Take the jitter off the joints; false for none. @default true */
  readonly smooth?: boolean | SmoothingOptions;
  /** Persons followed at most; those most sure. @default no limit */
  readonly maxPersons?: number;
}

/** A pose with an id that stays. */
export type Tracked<P extends TrackPose> = P & {
  readonly id: number;
  /** Around the keypoints, image pixels; may reach over the border. */
  readonly box: Box;
};

export interface TrackedFrame<P extends TrackPose, F extends TimedImage = TimedImage> {
  /** Counts from 0. */
  readonly index: number;
  readonly seconds: number;
  /** The frame as it came, to draw on. */
  readonly image: F;
  /** By id. */
  readonly persons: readonly Tracked<P>[];
  /** Whether the detector ran on this frame. */
  readonly detected: boolean;
}

/**
 * Follows people through the frames of a video. The detector runs every few frames, at once when somebody is lost, and
 * sooner than usual while somebody stands at the picture's border; in between, people are looked for where they should
 * be by their last poses. Holds no frame but the one it has yielded.
 *
 * @throws Whatever `frames`, `detect` or `estimate` throw; {RangeError} if time does not go on.
 */
export async function* trackPoses<P extends TrackPose, F extends TimedImage>(
  frames: AsyncIterable<F>,
  options: TrackPosesOptions<P>,
): AsyncGenerator<TrackedFrame<P, F>, void, undefined> {
  const {
    detect,
    estimate,
    smooth = true,
    detectEvery = 10,
    maxPersons = Number.POSITIVE_INFINITY,
  } = options;
  const tracker = new Tracker(options);
  const isDue = detectorRule(detectEvery);
  const smoothers = new Map<number, PoseSmoother>();
  const newSmoother = () => new PoseSmoother(smooth === true || smooth === false ? {} : smooth);
  let index = 0;
  for await (const image of frames) {
    const { seconds } = image;
    const followed = inImage(tracker.boxes(seconds), image);
    const detected = isDue(tracker, followed, image);
    const boxes = detected ? withFollowed(inImage(await detect(image), image), followed) : followed;
    const found = boxes.length === 0 ? [] : await estimate(image, boxes);
    const poses = [...found].sort((a, b) => b.score - a.score).slice(0, maxPersons);
    const ids = tracker.update(poses, seconds);
    const persons = poses
      .flatMap((pose, i): Tracked<P>[] => {
        const id = ids[i];
        const box = boxAround(pose.keypoints);
        return id === undefined || !box ? [] : [{ ...pose, id, box }];
      })
      .sort((a, b) => a.id - b.id)
      .map((person) => {
        if (smooth === false) return person;
        const smoother = smoothers.get(person.id) ?? newSmoother();
        smoothers.set(person.id, smoother);
        const keypoints = smoother.smooth<TrackKeypoint>(person.keypoints, person.box, seconds);
        return { ...person, keypoints, box: boxAround(keypoints) ?? person.box };
      });
    const alive = new Set(tracker.tracks.map(({ id }) => id));
    for (const id of smoothers.keys()) if (!alive.has(id)) smoothers.delete(id);
    yield { index: index++, seconds, image, persons, detected };
  }
}

/** Overlap above which a detected box is somebody who is followed already. */
const SAME_PERSON = 0.5;

/** Boxes of the detector, and those of people it has missed. */
function withFollowed(found: readonly Box[], followed: readonly Box[]): Box[] {
  const missed = followed.filter((box) =>
    found.every((other) => boxIou(tupleOfBox(box), tupleOfBox(other)) < SAME_PERSON),
  );
  return [...found, ...missed];
}

/** Frames between runs of the detector while somebody is missing or at the border, as a share of the usual number. */
const SOONER = 0.3;
/** How near to the border counts as there, as a share of the picture. */
const BORDER = 0.02;

/**
 * Decides for each frame whether the detector runs: on the first frame, while nobody is followed, every so many frames, in
 * the frame after somebody was lost, and more often while somebody is missing or stands at the border, where others come
 * in and people go.
 */
function detectorRule(every: number) {
  if (!(Number.isInteger(every) && every > 0)) {
    throw new RangeError(`trackPoses: expected a whole detectEvery above 0, got ${every}`);
  }
  const sooner = Math.max(1, Math.round(every * SOONER));
  let since = Number.POSITIVE_INFINITY;
  let missed = new Set<number>();
  return (tracker: Tracker, followed: readonly Box[], image: RgbImage): boolean => {
    const missing = new Set(tracker.missing.map(({ id }) => id));
    const lostNow = [...missing].some((id) => !missed.has(id));
    missed = missing;
    since += 1;
    const isEventful = missing.size > 0 || followed.some((box) => isAtBorder(box, image));
    const due = tracker.tracks.length === 0 || lostNow || since >= every || (isEventful && since >= sooner);
    if (due) since = 0;
    return due;
  };
}

function isAtBorder({ x, y, width, height }: Box, image: RgbImage): boolean {
  const marginX = BORDER * image.width;
  const marginY = BORDER * image.height;
  return (
    x <= marginX || y <= marginY || x + width >= image.width - marginX || y + height >= image.height - marginY
  );
}

/** Pixels that a box has at least, to be worth looking into. */
const SMALLEST = 2;

/** Boxes as far as they lie in the image; what lies outside is left out. */
function inImage(boxes: readonly Box[], image: RgbImage): Box[] {
  return boxes.flatMap((box) => {
    const x = Math.max(0, box.x);
    const y = Math.max(0, box.y);
    const width = Math.min(image.width, box.x + box.width) - x;
    const height = Math.min(image.height, box.y + box.height) - y;
    return width >= SMALLEST && height >= SMALLEST ? [{ x, y, width, height }] : [];
  });
}
