import { cpus } from "node:os";
import sharp from "sharp";
import { bestEngine } from "./best-engine.ts";
import type { Engine, EngineName } from "./engine.ts";
import { type InstalledEngine, installedEngines } from "./engine-folder.ts";
import { loadEngine } from "./load-engine.ts";
import { type ConvolutionSpeed, measureConvolution } from "./measure-convolution.ts";
import { nvidiaGpus } from "./nvidia.ts";
import { loadedTensorflow } from "./tensorflow-backend.ts";

/** What dypose finds on this machine. */
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
