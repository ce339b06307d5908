import { cpus } from "node:os";
import * as tf from "@tensorflow/tfjs-core";
import sharp from "sharp";
import { median } from "../../eval/median.ts";
import { bestEngine, nvidiaGpus } from "./best-engine.ts";
import type { Engine, EngineName } from "./engine.ts";
import { type InstalledEngine, installedEngines } from "./engine-folder.ts";
import { loadEngine } from "./load-engine.ts";
import { loadedTensorflow } from "./tensorflow-backend.ts";

/** What computes on this machine, and how fast. */
export interface Examination {
  readonly node: { readonly version: string; readonly platform: string };
  readonly engine: Engine & {
    /** The fastest engine that this machine could run. */
    readonly best: EngineName;
    readonly isBest: boolean;
    /** The command that installs the best engine; absent when it is in use. */
    readonly mend?: string;
  };
  readonly installed: readonly InstalledEngine[];
  readonly devices: { readonly cpu: string; readonly processors: number; readonly gpus: readonly string[] };
  /** Whether malloc keeps freed memory; absent for engines that do not allocate with it. */
  readonly mallocTuned?: boolean;
  readonly sharp: { readonly version: string; readonly libvips: string };
  readonly convolution: ConvolutionSpeed;
}

/** Loads the best engine that works and measures a convolution on it, for about a second. */
export async function examine(verbose = false): Promise<Examination> {
  const engine = await loadEngine("auto", { verbose });
  const best = bestEngine().name;
  const isBest = engine.name === best;
  const install = `dypose engine install --${best === "tensorflow-gpu" ? "gpu" : "cpu"}`;
  const tensorflow = engine.tensorflow === undefined ? undefined : loadedTensorflow();
  const processors = cpus();
  return {
    node: { version: process.versions.node, platform: `${process.platform}-${process.arch}` },
    engine: { ...engine, best, isBest, ...(isBest ? {} : { mend: install }) },
    installed: installedEngines(),
    devices: {
      cpu: processors[0]?.model.trim() ?? "unknown",
      processors: processors.length,
      gpus: nvidiaGpus(),
    },
    ...(tensorflow ? { mallocTuned: tensorflow.keepsMemory } : {}),
    sharp: { version: sharp.versions.sharp ?? "unknown", libvips: sharp.versions.vips },
    convolution: await measureConvolution(1000),
  };
}

/** What one convolution took. */
interface ConvolutionSpeed {
  /** Median of the runs, milliseconds. */
  readonly milliseconds: number;
  /** Billions of floating-point operations a second; a multiply-add counts two. */
  readonly gflops: number;
}

const INPUT: [number, number, number, number] = [8, 64, 48, 64];
const FILTER: [number, number, number, number] = [3, 3, 64, 64];
const FLOPS = 2 * 8 * 64 * 48 * (3 * 3 * 64) * 64;
const MAX_RUNS = 15;

/** Measures a 3×3 convolution, 64 to 64 channels at [8, 64, 48], on the engine in use, for about `budget` milliseconds. */
async function measureConvolution(budget: number): Promise<ConvolutionSpeed> {
  const [x, filter] = [tf.randomUniform<tf.Rank.R4>(INPUT), tf.randomUniform<tf.Rank.R4>(FILTER)];
  const times: number[] = [];
  const until = performance.now() + budget;
  while (times.length === 0 || (performance.now() < until && times.length < MAX_RUNS)) {
    const started = performance.now();
    const y = tf.conv2d(x, filter, 1, "same");
    // A GPU works on while JavaScript goes on: wait for one number.
    const corner = tf.slice(y, [0, 0, 0, 0], [1, 1, 1, 1]);
    await corner.data();
    times.push(performance.now() - started);
    tf.dispose([y, corner]);
  }
  tf.dispose([x, filter]);
  const milliseconds = median(times);
  return { milliseconds, gflops: FLOPS / milliseconds / 1e6 };
}
