import { loadEngine } from "../engine/load-engine.ts";
import { buildModel } from "../models/build-model.ts";
import { comparePaper, type PaperComparison } from "../models/compare-paper.ts";
import { INPUT_SIZES, taskOf } from "../models/model-name.ts";
import { type LayerSummary, type ModelSummary, summarizeModel } from "../models/summarize-model.ts";
import { markdownTable } from "../report/kit/markdown.ts";
import { count } from "../report/kit/numbers.ts";
import { formatTable } from "./text-table.ts";

interface SummaryFlags {
  paper?: boolean;
  markdown?: boolean;
  input?: [height: number, width: number];
  keypoints: number;
  classes: number;
  json?: boolean;
}

export async function summary(name: string | undefined, flags: SummaryFlags): Promise<void> {
  if ((name === undefined) !== (flags.paper ?? false)) {
    throw new Error(`expected a model or --paper, got ${name === undefined ? "neither" : "both"}`);
  }
  // Counting multiplies nothing: the plain engine is always there and starts at once.
  await loadEngine("cpu");
  if (name === undefined) summarizePaper(flags);
  else summarizeNetwork(name, flags);
}

function summarizeNetwork(name: string, flags: SummaryFlags): void {
  const input = flags.input ?? INPUT_SIZES[taskOf(name)];
  const model = buildModel({
    name,
    inputSize: input,
    numKeypoints: flags.keypoints,
    numClasses: flags.classes,
    initialize: false,
  });
  const counted = summarizeModel(model);
  model.dispose();
  if (flags.json) console.log(JSON.stringify({ ...counted, input }, null, 2));
  else printSummary(counted, input);
}

function printSummary(
  { model, layers, params, madds }: ModelSummary,
  [height, width]: readonly number[],
): void {
  const rows = layers
    .filter((layer) => layer.params > 0 || layer.madds > 0)
    .map((layer) => [
      layer.name,
      layer.kind,
      layer.outputShape.join("×"),
      count(layer.params),
      count(layer.madds),
    ]);
  const counts = ["parameters", "multiply-adds"];
  console.log(formatTable(["layer", "kind", "output", ...counts], rows, counts));
  console.log(
    `\n${model} at ${height}x${width}: ${millions(params)} M parameters, ${millions(madds)} M multiply-adds, ` +
      `${layers.length} layers (${countDynamic(layers)} dynamic convolutions)`,
  );
}

function summarizePaper(flags: SummaryFlags): void {
  const compared = comparePaper();
  if (flags.json) {
    console.log(JSON.stringify(compared, null, 2));
    return;
  }
  const header = ["network", ...PAPER_COLUMNS];
  if (flags.markdown) {
    const columns = header.map((title, i) => ({ title, cell: (row: string[]) => row[i] as string }));
    console.log(markdownTable(compared.map(paperCells), columns));
  } else {
    console.log(formatTable(header, compared.map(paperCells), PAPER_COLUMNS));
  }
  console.log(`\n${paperNotes(compared).join("\n")}`);
}

const PAPER_COLUMNS = ["params (M)", "paper", "differs", "MAdds (M)", "paper's", "differs by"];

function paperCells({ paper, params, madds, paramsDifference, maddsDifference }: PaperComparison): string[] {
  return [
    paper.network + (paper.withoutClasses ? " *" : ""),
    millions(params),
    paper.params.toFixed(1),
    percent(paramsDifference),
    (madds / 1e6).toFixed(1),
    paper.madds.toFixed(1),
    percent(maddsDifference),
  ];
}

function paperNotes(compared: readonly PaperComparison[]): string[] {
  const notes = compared.flatMap(({ paper }) => (paper.note ? [`${paper.network}: ${paper.note}.`] : []));
  return [
    "* counted without the layer that makes the class scores, as the paper does.",
    "Classifiers of 1000 classes at 224x224. The paper rounds to 0.1 M, which is up to 3% of a small network's parameters.",
    ...notes,
  ];
}

const countDynamic = (layers: readonly LayerSummary[]): number =>
  layers.filter((layer) => layer.kind.startsWith("Dynamic")).length;

const millions = (value: number): string => (value / 1e6).toFixed(2);

const percent = (share: number): string => `${share < 0 ? "−" : "+"}${Math.abs(100 * share).toFixed(1)}%`;
