/**
 * Images a second of the data loader, beside a PyTorch DataLoader that does the same with OpenCV in as many processes.
 *
 *     DYPOSE_ORACLE_PYTHON=venv/bin/python npx tsx bench/loader.ts DATA_DIR [SPLIT] [WORKERS] [CODEC]
 *
 * DATA_DIR is in COCO's layout. The two take turns, so that both meet the same load of the machine; figures are medians
 * over epochs. Both shuffle, augment by HRNet's recipe, crop to 256x192 and render 64x48 heatmaps, 16 persons a batch.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_AUGMENTATION } from "../datasets/augment/augmentation.ts";
import { readAnnotations } from "../datasets/coco/read-annotations.ts";
import { findSplit } from "../datasets/coco/split-files.ts";
import { tupleOfBox } from "../datasets/crop/crop-geometry.ts";
import { createLoader, type Loader } from "../datasets/loader/loader.ts";
import { type PersonSample, selectPersons } from "../datasets/loader/person-sample.ts";
import { median } from "../eval/median.ts";
import { COCO_SKELETON } from "../eval/skeletons/coco.ts";

const ROUNDS = 3;
const EPOCHS = 3;
const BATCH = 16;
const INPUT = [256, 192] as const;
const HEATMAP = [64, 48] as const;

const [dataDir, split = "train2017", workerCount, codec = "gaussian"] = process.argv.slice(2);
const python = process.env["DYPOSE_ORACLE_PYTHON"];
if (!dataDir || !python) {
  throw new Error(
    "loader bench: expected a data folder as argument, and a Python with torch and cv2 in DYPOSE_ORACLE_PYTHON",
  );
}
const workers = Number(workerCount ?? availableParallelism());
const files = await findSplit(dataDir, split);
const samples = selectPersons(await readAnnotations(files.annotations));

const ours = { plain: open(0), kept: open(4096) };
const rates = { torch: [] as number[], plain: [] as number[], kept: [] as number[] };
const cpuMs = { torch: [] as number[], plain: [] as number[], kept: [] as number[] };
let versions = "";
for (let round = 0; round < ROUNDS; round += 1) {
  const torch = runTorch(samples);
  versions = `PyTorch ${torch.torch}, OpenCV ${torch.opencv}`;
  rates.torch.push(...torch.rates);
  cpuMs.torch.push(torch.cpuMs);
  for (const kind of ["plain", "kept"] as const) {
    // The first epoch starts threads, compiles, and reads each image whole.
    if (round === 0) await measure(ours[kind], 1, -1);
    const measured = await measure(ours[kind], EPOCHS, round);
    rates[kind].push(...measured.rates);
    cpuMs[kind].push(measured.cpuMs);
  }
}
await Promise.all(Object.values(ours).map((loader) => loader.close()));

console.log(`${cpus()[0]?.model}, ${availableParallelism()} cores, Node ${process.version}; ${versions}`);
console.log(`${samples.length} persons of ${split}, ${workers} workers each, codec ${codec}`);
console.log("                             images a second     to PyTorch  processor ms an image  to PyTorch");
console.log(`PyTorch DataLoader + OpenCV  ${describe("torch")}`);
console.log(`dypose, decoding every time  ${describe("plain")}`);
console.log(`dypose, decoded images kept  ${describe("kept")}`);

function open(cacheMegabytes: number): Loader {
  return createLoader({
    samples,
    imageDir: files.images,
    skeleton: COCO_SKELETON,
    inputSize: INPUT,
    heatmapSize: HEATMAP,
    codec,
    batchSize: BATCH,
    augmentation: DEFAULT_AUGMENTATION,
    shuffle: true,
    workers,
    cacheMegabytes,
  });
}

async function measure(loader: Loader, epochs: number, round: number) {
  const found: number[] = [];
  const cpu = process.cpuUsage();
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    const started = performance.now();
    let count = 0;
    for await (const batch of loader.epoch((round + 1) * epochs + epoch)) count += batch.size;
    found.push((1000 * count) / (performance.now() - started));
  }
  const { user, system } = process.cpuUsage(cpu);
  return { rates: found, cpuMs: (user + system) / 1000 / (epochs * samples.length) };
}

function runTorch(persons: readonly PersonSample[]): {
  rates: number[];
  cpuMs: number;
  torch: string;
  opencv: string;
} {
  const folder = mkdtempSync(join(tmpdir(), "dypose-bench-"));
  const job = join(folder, "job.json");
  try {
    writeFileSync(
      job,
      JSON.stringify({
        samples: persons.map(({ fileName, box, keypoints }) => ({
          path: join(files.images, fileName),
          box: tupleOfBox(box),
          keypoints: Array.from(keypoints),
        })),
        batchSize: BATCH,
        workers,
        epochs: EPOCHS,
        inputSize: INPUT,
        heatmapSize: HEATMAP,
      }),
    );
    const script = new URL("loader_torch.py", import.meta.url).pathname;
    return JSON.parse(execFileSync(python as string, [script, job], { encoding: "utf8" }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function describe(kind: keyof typeof rates): string {
  const rate = median(rates[kind]);
  const cpu = median(cpuMs[kind]);
  const range = `${Math.min(...rates[kind]).toFixed(0)}-${Math.max(...rates[kind]).toFixed(0)}`;
  return [
    `${rate.toFixed(0)} (${range})`.padEnd(20),
    `${(rate / median(rates.torch)).toFixed(2)} x`.padEnd(11),
    cpu.toFixed(1).padEnd(22),
    `${(median(cpuMs.torch) / cpu).toFixed(2)} x`,
  ].join(" ");
}
