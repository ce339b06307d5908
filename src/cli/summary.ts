import { Command } from "commander";
import type { LayerSummary, ModelSummary } from "../models/summarize-model.ts";
import { inputSize, integer } from "./options.ts";

interface SummaryFlags {
  input: [height: number, width: number];
  keypoints: number;
  json?: boolean;
}

/** `dypose summary`: what a network is made of, counted from the built network. */
export function summaryCommand(): Command {
  return new Command("summary")
    .description("print a network's layers, parameters and multiply-adds")
    .argument("<model>", "[dy-]<backbone>_<head>, such as dy-mobilenetv2-0.5_bottleneck")
    .option("--input <HxW>", "input size in pixels", inputSize, [256, 192])
    .option("--keypoints <n>", "keypoints of the skeleton", integer(1), 17)
    .option("--json", "print JSON")
    .action(summary);
}

async function summary(name: string, flags: SummaryFlags): Promise<void> {
  const { loadEngine } = await import("../engine/load-engine.ts");
  const { buildModel } = await import("../models/build-model.ts");
  const { summarizeModel } = await import("../models/summarize-model.ts");

  // Counting multiplies nothing: the plain engine is always there and starts at once.
  await loadEngine("cpu");
  const model = buildModel({
    name,
    inputSize: flags.input,
    numKeypoints: flags.keypoints,
    initialize: false,
  });
  const counted = summarizeModel(model);
  model.dispose();
  if (flags.json) console.log(JSON.stringify({ ...counted, input: flags.input }, null, 2));
  else printSummary(counted, flags.input);
}

function printSummary(
  { model, layers, params, madds }: ModelSummary,
  [height, width]: readonly number[],
): void {
  const rows = layers
    .filter((layer) => layer.params > 0 || layer.madds > 0)
    .map((layer): string[] => [
      layer.name,
      layer.kind,
      layer.outputShape.join("×"),
      thousands(layer.params),
      thousands(layer.madds),
    ]);
  const header = ["layer", "kind", "output", "parameters", "multiply-adds"];
  const widths = header.map((title, column) =>
    Math.max(...[header, ...rows].map((row) => (row[column] ?? title).length)),
  );
  for (const row of [header, ...rows]) {
    console.log(
      row.map((cell, i) => (i < 3 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  "),
    );
  }
  console.log(
    `\n${model} at ${height}x${width}: ${millions(params)} M parameters, ${millions(madds)} M multiply-adds, ` +
      `${layers.length} layers (${countDynamic(layers)} dynamic convolutions)`,
  );
}

const countDynamic = (layers: readonly LayerSummary[]): number =>
  layers.filter((layer) => layer.kind.startsWith("Dynamic")).length;

const thousands = (count: number): string => count.toLocaleString("en-US");

const millions = (count: number): string => (count / 1e6).toFixed(2);
