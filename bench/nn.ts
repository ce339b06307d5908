/**
 * Times training steps and single-image inference of dynamic networks, beside their static twins and beside PyTorch.
 *
 *     DYPOSE_ORACLE_PYTHON=venv/bin/python npx tsx bench/nn.ts [--rounds 5] [--peer SCRIPT] [--memory]
 *
 * SCRIPT is called as `python SCRIPT MODEL HEIGHT WIDTH BATCH train|infer STEPS` and prints one JSON line with
 * `ms_median`; the default is nn_torch.py. Without DYPOSE_ORACLE_PYTHON the PyTorch columns stay empty. All take turns
 * within a round, each in a process of its own; ratios are taken within a round and their median is printed.
 */
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { median } from "../eval/median.ts";
import { loadEngine } from "../src/engine/load-engine.ts";
import { growthOfMemory, matrixProductSpeed, ownBench, torchBench } from "./nn-runs.ts";

const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    peer: { type: "string", default: fileURLToPath(new URL("nn_torch.py", import.meta.url)) },
    memory: { type: "boolean", default: false },
  },
});
const python = process.env["DYPOSE_ORACLE_PYTHON"];

const PAIRS = [
  { dynamic: "dy-resnet18_deconv", fixed: "resnet18_deconv" },
  { dynamic: "dy-mobilenetv2-0.5_bottleneck", fixed: "mobilenetv2-0.5_bottleneck" },
] as const;
const MODELS = PAIRS.flatMap(({ dynamic, fixed }) => [fixed, dynamic]);
/** Steps of one process, after its warm-up; a process of its own costs a second or two beside them. */
const MODES = [
  { mode: "train", batch: 16, steps: 7 },
  { mode: "infer", batch: 1, steps: 60 },
] as const;

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
