import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../datasets/files/package-root.ts";
import { probeVideo } from "../../datasets/video/probe-video.ts";
import { readFrames } from "../../datasets/video/read-frames.ts";
import { PosePredictor } from "../../src/infer/pose-predictor.ts";
import { ffmpeg, withoutFfmpeg } from "../datasets/video/ffmpeg-tests.ts";
import { testEngine } from "../engine.ts";

const DATA = process.env["DYPOSE_DATA"] ?? join(packageRoot(), "..", "shared", "data");
const PHOTOGRAPH = join(DATA, "coco", "val2017", "000000000785.jpg");
const NETWORK = "dy-mobilenetv2-1.0_bottleneck_256x192";
const WEIGHTS = join(packageRoot(), "src", "weights", "zoo", `${NETWORK}.safetensors`);
const engine = await testEngine();
const missing =
  withoutFfmpeg ??
  [PHOTOGRAPH, WEIGHTS].find((file) => !existsSync(file)) ??
  (engine.name.startsWith("tensorflow")
    ? undefined
    : `TensorFlow (${engine.name} takes minutes for 70 frames)`);
if (missing) process.stderr.write(`skipped, for want of: ${missing}\n`);

test.skipIf(missing)(
  "somebody who moves through the picture keeps one id over 70 frames",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "dypose-track-"));
    const predictor = await PosePredictor.load(WEIGHTS, { engine: engine.name });
    try {
      const film = join(folder, "pan.mp4");
      // The camera pans by 200 pixels in 70 frames: the skier goes from right to left.
      const pan = "scale=960:-2,crop=640:480:40+200*t/2.8:40,setsar=1";
      ffmpeg(
        "-loop",
        "1",
        "-i",
        PHOTOGRAPH,
        "-t",
        "2.8",
        "-r",
        "25",
        "-vf",
        pan,
        "-pix_fmt",
        "yuv420p",
        film,
      );
      const frames = readFrames(await probeVideo({ kind: "video", path: film }));
      const seen: { ids: number[]; nose: number }[] = [];
      for await (const { persons } of predictor.track(frames)) {
        seen.push({ ids: persons.map(({ id }) => id), nose: persons[0]?.keypoints[0]?.x ?? Number.NaN });
      }
      expect(seen.map(({ ids }) => ids)).toEqual(Array.from({ length: 70 }, () => [1]));
      const travelled = (seen[0]?.nose ?? 0) - (seen.at(-1)?.nose ?? 0);
      // 69 of 70 steps of 200 pixels, and smoothing lags a little
      expect(travelled).toBeGreaterThan(180);
      expect(travelled).toBeLessThan(215);
    } finally {
      predictor.dispose();
      await rm(folder, { recursive: true });
    }
  },
  180_000,
);
