import type { Box } from "../../datasets/crop/crop-geometry.ts";
import { oksVariances } from "../../eval/oks.ts";
import {
  boxAround,
  displacement,
  poseSimilarity,
  shifted,
  type TrackKeypoint,
  type TrackPose,
} from "./pose-geometry.ts";

export interface TrackerOptions {
  /** The skeleton's labelling spreads. */
  readonly sigmas: readonly number[];
  /** Poses of this score are matched first. @default 0.4 */
  readonly highScore?: number;
  /** Poses below it are not looked at. @default 0.2 */
  readonly lowScore?: number;
  /** Only poses of this score begin a track. @default 0.45 */
  readonly newScore?: number;
  /** OKS, at twice the labelling spread, that a pose and a track have at least. @default 0.2 */
  readonly minSimilarity?: number;
  /** Seconds without a pose after which a track is over. @default 1 */
  readonly lostAfter?: number;
}

/** A person as the tracker remembers it. */
export interface Track {
  /** Counts from 1; never used again. */
  readonly id: number;
  /** As last seen. */
  readonly keypoints: readonly TrackKeypoint[];
  /** Seconds at which it was last seen. */
  readonly seen: number;
  /** Pixels a second. */
  readonly velocity: { readonly x: number; readonly y: number };
}

/** Between frames people move further than two labellers disagree. */
const SPREAD = 2;
/** OKS, at the labelling spread, above which two poses of a frame are one person found twice. */
const TWIN = 0.85;
/** Seconds over which velocities are averaged, and after which one who is out of sight is thought to have slowed down. */
const MEMORY = 0.15;
const COASTING = 0.4;

/**
 * Gives people ids that stay over the frames of a video. In each frame poses and tracks are paired, most alike first, by
 * OKS with where the track should be by now: the sure poses first, then the unsure ones with the tracks left over, which
 * keeps people who are half hidden. What is left of the sure poses begins new tracks.
 *
 * Which pose gets which id does not depend on the order of the poses.
 *
 * Source: Zhang et al., ByteTrack, ECCV 2022 (arXiv 2110.06864): two passes, with OKS in place of IoU.
 */
export class Tracker {
  private readonly options: Required<TrackerOptions>;
  private readonly variances: Float64Array;
  private readonly wideVariances: Float64Array;
  private alive: Track[] = [];
  private nextId = 1;
  private now = Number.NEGATIVE_INFINITY;

  constructor(options: TrackerOptions) {
    this.options = {
      highScore: 0.4,
      lowScore: 0.2,
      newScore: 0.45,
      minSimilarity: 0.2,
      lostAfter: 1,
      ...options,
    };
    const { sigmas, minSimilarity, lostAfter } = this.options;
    if (!(minSimilarity > 0)) {
      throw new RangeError(`Tracker: expected a minSimilarity above 0, got ${minSimilarity}`);
    }
    if (!(lostAfter >= 0)) throw new RangeError(`Tracker: expected lostAfter >= 0 seconds, got ${lostAfter}`);
    this.variances = oksVariances(sigmas);
    this.wideVariances = this.variances.map((variance) => variance * SPREAD ** 2);
  }

  /** Those seen within `lostAfter`, by id. */
  get tracks(): readonly Track[] {
    return this.alive;
  }

  /** Tracks that the last frame did not show. */
  get missing(): readonly Track[] {
    return this.alive.filter(({ seen }) => seen < this.now);
  }

  /**
   * Takes the poses of the next frame.
   *
   * @param seconds The frame's time, later than the one before.
   * @returns The id of each pose; undefined for those that are nobody's: too unsure, or a person found twice.
   * @throws {RangeError} If time does not go on, or a pose has another number of keypoints.
   */
  update(poses: readonly TrackPose[], seconds: number): (number | undefined)[] {
    if (!(seconds > this.now)) {
      throw new RangeError(`Tracker.update: expected a time after ${this.now} s, got ${seconds}`);
    }
    const numKeypoints = this.variances.length;
    for (const { keypoints } of poses) {
      if (keypoints.length !== numKeypoints) {
        throw new RangeError(`Tracker.update: expected ${numKeypoints} keypoints, got ${keypoints.length}`);
      }
    }
    this.now = seconds;
    this.alive = this.alive.filter(({ seen }) => seconds - seen <= this.options.lostAfter);
    const { highScore, lowScore, newScore } = this.options;
    const persons = this.withoutTwins(poses.filter(({ score }) => score >= lowScore));
    const sure = persons.filter(({ score }) => score >= highScore);
    const unsure = persons.filter(({ score }) => score < highScore);
    const ids = new Map<TrackPose, number>();
    this.match(sure, ids);
    this.match(unsure, ids);
    for (const pose of sure) {
      if (ids.has(pose) || pose.score < newScore) continue;
      ids.set(pose, this.nextId);
      const velocity = { x: 0, y: 0 };
      this.alive.push({ id: this.nextId++, keypoints: pose.keypoints, seen: seconds, velocity });
    }
    return poses.map((pose) => ids.get(pose));
  }

  /** Where a track should be at a time, if it goes on as it did and slows down out of sight. */
  predict({ keypoints, velocity, seen }: Track, seconds: number): readonly TrackKeypoint[] {
    const travelled = COASTING * (1 - Math.exp(-(seconds - seen) / COASTING));
    return shifted(keypoints, velocity.x * travelled, velocity.y * travelled);
  }

  /** A box for each track at a time, to look for its pose in. */
  boxes(seconds: number): Box[] {
    return this.alive.flatMap((track) => boxAround(this.predict(track, seconds)) ?? []);
  }

  /** Sorted best first, equal ones by where they are; of two that are the same person the worse is left out. */
  private withoutTwins(poses: readonly TrackPose[]): TrackPose[] {
    const kept: TrackPose[] = [];
    for (const pose of [...poses].sort(bySureness)) {
      const isTwin = kept.some(
        (better) => poseSimilarity(better.keypoints, pose.keypoints, this.variances) > TWIN,
      );
      if (!isTwin) kept.push(pose);
    }
    return kept;
  }

  /** Pairs poses with tracks not yet seen in this frame, and moves the tracks there. */
  private match(poses: readonly TrackPose[], ids: Map<TrackPose, number>): void {
    const pairs = this.missing.flatMap((track) => {
      const expected = this.predict(track, this.now);
      return poses.map((pose) => ({
        track,
        pose,
        similarity: poseSimilarity(expected, pose.keypoints, this.wideVariances),
      }));
    });
    const taken = new Set<number>();
    // The sort is stable, and both lists are in an order of their own: no tie is decided by the input's order.
    for (const { track, pose, similarity } of pairs.sort((a, b) => b.similarity - a.similarity)) {
      if (similarity < this.options.minSimilarity) break;
      if (taken.has(track.id) || ids.has(pose)) continue;
      taken.add(track.id);
      ids.set(pose, track.id);
      this.move(track, pose);
    }
  }

  private move(track: Track, { keypoints }: TrackPose): void {
    const passed = this.now - track.seen;
    const moved = displacement(track.keypoints, keypoints);
    const weight = 1 - Math.exp(-passed / MEMORY);
    const blend = (old: number, step: number) => old + weight * (step / passed - old);
    const velocity = moved
      ? { x: blend(track.velocity.x, moved.dx), y: blend(track.velocity.y, moved.dy) }
      : track.velocity;
    const next: Track = { id: track.id, keypoints, seen: this.now, velocity };
    this.alive = this.alive.map((other) => (other.id === track.id ? next : other));
  }
}

function bySureness(a: TrackPose, b: TrackPose): number {
  if (a.score !== b.score) return b.score - a.score;
  for (const [k, one] of a.keypoints.entries()) {
    const two = b.keypoints[k];
    if (two && one.x !== two.x) return one.x - two.x;
    if (two && one.y !== two.y) return one.y - two.y;
  }
  return 0;
}
