/**
 * Times training steps and single-image inference of dynamic networks, beside their static twins and beside PyTorch.
 *
 *     DYPOSE_ORACLE_PYTHON=venv/bin/python npx tsx bench/nn.ts [--rounds 5] [--peer SCRIPT] [--memory]
 *
 * SCRIPT is called as `python SCRIPT MODEL HEIGHT WIDTH BATCH train|infer STEPS` and prints one JSON line with
 * `ms_median`; the default is nn_torch.py. Without DYPOSE_ORACLE_PYTHON the PyTorch columns stay empty. All take turns
 * within a round, each in a process of its own; ratios are taken within a round and their median is printed.
 */
import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import * as tf from "@tensorflow/tfjs-core";
import { median } from "../eval/median.ts";
import { loadEngine } from "../src/engine/load-engine.ts";
import { measureModel } from "../src/measure/measure-model.ts";
import { buildModel } from "../src/models/build-model.ts";

const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    peer: { type: "string", default: fileURLToPath(new URL("nn_torch.py", import.meta.url)) },
    memory: { type: "boolean", default: false },
  },
});
const python = process.env["DYPOSE_ORACLE_PYTHON"];

const [HEIGHT, WIDTH] = [256, 192] as const;

const PAIRS = [
  { dynamic: "dy-resnet18_deconv", fixed: "resnet18_deconv" },
  { dynamic: "dy-mobilenetv2-0.5_bottleneck", fixed: "mobilenetv2-0.5_bottleneck" },
] as const;
const MODELS = PAIRS.flatMap(({ dynamic, fixed }) => [fixed, dynamic]);
interface Run {
  readonly mode: "train" | "infer";
  readonly batch: number;
  readonly steps: number;
}

/** Steps of one process, after its warm-up; a process of its own costs a second or two beside them. */
const MODES = [
  { mode: "train", batch: 16, steps: 7 },
  { mode: "infer", batch: 1, steps: 60 },
] as const satisfies readonly Run[];

type Times = Record<string, { ours: number[]; torch: number[]; gflops: number[] }>;

function measure(rounds: number): { times: Times; peak: number[] } {
  const times: Times = {};
  const peak: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    peak.push(matrixProductSpeed());
    for (const run of MODES) {
      for (const model of MODELS) {
        console.error(`round ${round + 1} of ${rounds}: ${run.mode} ${model}`);
        times[`${run.mode} ${model}`] ??= { ours: [], torch: [], gflops: [] };
        const row = times[`${run.mode} ${model}`] as Times[string];
        const own = ownBench(model, run);
        row.ours.push(own.ms_median);
        row.gflops.push(own.gflops);
        if (python) row.torch.push(torchBench(python, flags.peer, model, run));
      }
    }
  }
  return { times, peak };
}

/** Median over the rounds of a / b, each pair taken in the same round. */
function ratio(a: readonly number[] = [], b: readonly number[] = []): string {
  return b.length === 0 ? "" : median(a.map((value, i) => value / (b[i] ?? Number.NaN))).toFixed(2);
}

await loadEngine("tensorflow");
const { times, peak } = measure(Number(flags.rounds));
console.log(
  `${cpus()[0]?.model}, ${cpus().length} threads; Node ${process.version}; ${flags.rounds} rounds\n`,
);
console.log(
  "| 256×192 | ms | over its static twin | PyTorch, ms | over PyTorch | GFLOP/s | of a matrix product |",
);
console.log("|---|--:|--:|--:|--:|--:|--:|");
for (const { mode, batch } of MODES) {
  for (const model of MODELS) {
    const row = times[`${mode} ${model}`] as Times[string];
    const twin = PAIRS.find(({ dynamic }) => dynamic === model)?.fixed;
    const cells = [
      `${mode}, batch ${batch}: ${model}`,
      median(row.ours).toFixed(1),
      twin ? ratio(row.ours, times[`${mode} ${twin}`]?.ours) : "",
      row.torch.length > 0 ? median(row.torch).toFixed(1) : "",
      ratio(row.ours, row.torch),
      median(row.gflops).toFixed(0),
      ratio(row.gflops, peak),
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
}
console.log(`\nA product of two 2048×2048 matrices reaches ${median(peak).toFixed(0)} GFLOP/s.`);
if (flags.memory) {
  const { after50, after500 } = await growthOfMemory("dy-mobilenetv2-0.5_bottleneck");
  console.log(
    `Resident memory: ${after50.toFixed(0)} MiB after 50 steps, ${after500.toFixed(0)} MiB after 500: ` +
      `${(after500 / after50).toFixed(3)} times.`,
  );
}

/** `dypose bench` in a process of its own. */
function ownBench(
  model: string,
  { mode, batch, steps }: Run,
): { ms_median: number; ms_min: number; gflops: number } {
  const main = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));
  const options = [
    "--mode",
    mode,
    "--batch",
    `${batch}`,
    "--size",
    `${HEIGHT}x${WIDTH}`,
    "--steps",
    `${steps}`,
  ];
  const args = ["--import", "tsx", main, "bench", model, ...options, "--engine", "tensorflow", "--json"];
  return JSON.parse(
    execFileSync(process.execPath, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
  );
}

/** The same network in PyTorch. @returns Milliseconds a step, the median. */
function torchBench(python: string, script: string, model: string, { mode, batch, steps }: Run): number {
  // `dy-mobilenetv2-0.5_bottleneck` is `dy_mobilenetv2_0.5` there; each backbone has one head.
  const name = model.replace(/_.*/, "").replaceAll("-", "_");
  const args = [script, name, HEIGHT, WIDTH, batch, mode, steps].map(String);
  return JSON.parse(execFileSync(python, args, { encoding: "utf8" })).ms_median;
}

/** GFLOP/s of one large matrix product on the engine in use: what the machine can do at best just now. */
function matrixProductSpeed(size = 2048, runs = 5): number {
  const [a, b] = [tf.randomUniform<tf.Rank.R2>([size, size]), tf.randomUniform<tf.Rank.R2>([size, size])];
  let fastest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < runs; i += 1) {
    const start = performance.now();
    const product = tf.matMul(a, b);
    product.dataSync();
    fastest = Math.min(fastest, performance.now() - start);
    product.dispose();
  }
  tf.dispose([a, b]);
  return (2 * size ** 3) / (fastest * 1e6);
}

/** Resident memory of this process in MiB after 50 training steps and after 450 more, at a small size. */
async function growthOfMemory(name: string): Promise<{ after50: number; after500: number }> {
  const model = buildModel({
    name,
    inputSize: [128, 96],
    numKeypoints: 17,
    numClasses: 1000,
    temperature: 30,
  });
  let after50 = Number.NaN;
  const resident = () => process.memoryUsage.rss() / 2 ** 20;
  await measureModel(model, {
    mode: "train",
    batch: 16,
    warmup: 0,
    steps: 500,
    onStep: (step) => {
      if (step === 50) after50 = resident();
    },
  });
  const after500 = resident();
  model.dispose();
  return { after50, after500 };
}
