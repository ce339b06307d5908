import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { measureModel } from "../src/measure/measure-model.ts";
import { buildModel } from "../src/models/build-model.ts";

export interface Run {
  readonly mode: "train" | "infer";
  readonly batch: number;
  readonly steps: number;
}

const [HEIGHT, WIDTH] = [256, 192] as const;

/** `dypose bench` in a process of its own. */
export function ownBench(
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
export function torchBench(
  python: string,
  script: string,
  model: string,
  { mode, batch, steps }: Run,
): number {
  // `dy-mobilenetv2-0.5_bottleneck` is `dy_mobilenetv2_0.5` there; each backbone has one head.
  const name = model.replace(/_.*/, "").replaceAll("-", "_");
  const args = [script, name, HEIGHT, WIDTH, batch, mode, steps].map(String);
  return JSON.parse(execFileSync(python, args, { encoding: "utf8" })).ms_median;
}

/** GFLOP/s of one large matrix product on the engine in use: what the machine can do at best just now. */
export function matrixProductSpeed(size = 2048, runs = 5): number {
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
export async function growthOfMemory(name: string): Promise<{ after50: number; after500: number }> {
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
