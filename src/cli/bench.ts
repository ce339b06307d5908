import { median } from "../../eval/median.ts";
import type { EngineChoice } from "../engine/engine.ts";
import { loadEngine } from "../engine/load-engine.ts";
import { type BenchMode, measureModel, type OpTime } from "../measure/measure-model.ts";
import { buildModel } from "../models/build-model.ts";
import { summarizeModel } from "../models/summarize-model.ts";
import { rounded } from "../report/kit/numbers.ts";
import { alignColumns } from "./text-table.ts";

interface BenchFlags {
  mode: BenchMode;
  batch?: number;
  size: [height: number, width: number];
  steps: number;
  warmup: number;
  engine: EngineChoice;
  profile?: boolean;
  json?: boolean;
  verbose?: boolean;
}

export async function bench(name: string, flags: BenchFlags): Promise<void> {
  const engine = await loadEngine(flags.engine, flags);
  const batch = flags.batch ?? (flags.mode === "train" ? 16 : 1);
  const model = buildModel({
    name,
    inputSize: flags.size,
    numKeypoints: 17,
    numClasses: 1000,
    temperature: 30,
  });
  const { params, madds } = summarizeModel(model);
  const { steps, ops } = await measureModel(model, { ...flags, batch });
  model.dispose();
  const middle = median(steps);
  // A multiply-add is two operations; a step computes the forward pass and the gradients of inputs and weights.
  const passes = flags.mode === "train" ? 3 : 1;
  const result = {
    model: name,
    mode: flags.mode,
    batch,
    size: flags.size,
    ms_median: rounded(middle, 2),
    ms_min: rounded(Math.min(...steps), 2),
    images_per_s: rounded((1000 * batch) / middle, 2),
    gflops: rounded((2 * passes * madds * batch) / (middle * 1e6), 2),
    params,
    madds,
    // maxRSS is in KiB.
    peak_rss_mb: Math.round((process.resourceUsage().maxRSS * 1024) / 1e6),
    engine: engine.name,
  };
  if (flags.json) console.log(JSON.stringify(ops ? { ...result, ops } : result));
  else printBench(result, ops);
}

function printBench(result: Record<string, unknown>, ops: readonly OpTime[] = []): void {
  const facts = Object.entries(result).map(([key, value]) => [
    key,
    Array.isArray(value) ? value.join("x") : String(value),
  ]);
  for (const line of alignColumns(facts)) console.log(line);
  if (ops.length === 0) return;
  const rows = ops.map(({ op, calls, ms }) => [op, String(calls), ms.toFixed(2)]);
  const table = alignColumns([["op", "calls", "ms"], ...rows], { right: [1, 2], least: [40, 5, 8] });
  console.log(`\n${table.join("\n")}`);
}
