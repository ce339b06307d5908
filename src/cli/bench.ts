import { Command, Option } from "commander";
import { median } from "../../eval/median.ts";
import type { BenchMode, OpTime } from "../measure/measure-model.ts";
import { type EngineOption, engineOption, inputSize, integer } from "./options.ts";

interface BenchFlags {
  mode: BenchMode;
  batch?: number;
  size: [height: number, width: number];
  steps: number;
  warmup: number;
  engine: EngineOption;
  profile?: boolean;
  json?: boolean;
}

/** `dypose bench`: how fast a network trains or infers on this machine. */
export function benchCommand(): Command {
  return new Command("bench")
    .description("time a network's training steps or forward passes on this machine")
    .argument("<model>", "[dy-]<backbone>_<head>, such as dy-mobilenetv2-0.5_bottleneck")
    .addOption(new Option("--mode <mode>", "what to time").choices(["train", "infer"]).default("infer"))
    .option("--batch <n>", "images a step (default: 16 to train, 1 to infer)", integer(1))
    .option("--size <HxW>", "input size in pixels", inputSize, [256, 192])
    .option("--steps <n>", "measured steps", integer(1), 10)
    .option("--warmup <n>", "steps before them", integer(0), 2)
    .addOption(engineOption())
    .option("--profile", "also print time per TensorFlow op")
    .option("--json", "print JSON")
    .action(bench);
}

async function bench(name: string, flags: BenchFlags, command: Command): Promise<void> {
  const { loadEngine } = await import("../engine/load-engine.ts");
  const { measureModel } = await import("../measure/measure-model.ts");
  const { buildModel } = await import("../models/build-model.ts");
  const { summarizeModel } = await import("../models/summarize-model.ts");

  const engine = await loadEngine(flags.engine, { verbose: command.optsWithGlobals()["verbose"] ?? false });
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
    ms_median: round(middle),
    ms_min: round(Math.min(...steps)),
    images_per_s: round((1000 * batch) / middle),
    gflops: round((2 * passes * madds * batch) / (middle * 1e6)),
    params,
    madds,
    // maxRSS is in KiB.
    peak_rss_mb: Math.round((process.resourceUsage().maxRSS * 1024) / 1e6),
    engine: engine.name,
  };
  if (flags.json) console.log(JSON.stringify(ops ? { ...result, ops } : result));
  else printBench(result, ops);
}

const round = (value: number): number => Math.round(value * 100) / 100;

function printBench(result: Record<string, unknown>, ops: readonly OpTime[] = []): void {
  for (const [key, value] of Object.entries(result)) {
    console.log(`${key.padEnd(13)} ${Array.isArray(value) ? value.join("x") : value}`);
  }
  if (ops.length > 0) console.log(`\n${"op".padEnd(40)} ${"calls".padStart(6)} ${"ms".padStart(9)}`);
  for (const { op, calls, ms } of ops) {
    console.log(`${op.padEnd(40)} ${String(calls).padStart(6)} ${ms.toFixed(2).padStart(9)}`);
  }
}
