import { buildModel } from "./build-model.ts";
import { PAPER_TABLE, type PaperRow } from "./paper-table.ts";
import { summarizeModel } from "./summarize-model.ts";

/** A row of the paper's table beside what the network that is built here counts. */
export interface PaperComparison {
  readonly paper: PaperRow;
  readonly params: number;
  /** Multiply-adds for one image. */
  readonly madds: number;
  /** Ours over the paper's, less one. */
  readonly paramsDifference: number;
  readonly maddsDifference: number;
}

const IMAGENET = { inputSize: [224, 224], numClasses: 1000 } as const;

/** Builds every network of the paper's table as a classifier of 224×224 images and counts it. */
export function comparePaper(): PaperComparison[] {
  return PAPER_TABLE.map((paper) => {
    const model = buildModel({ ...IMAGENET, name: `${paper.network}_classifier`, initialize: false });
    const summary = summarizeModel(model);
    model.dispose();
    const classes = paper.withoutClasses && summary.layers.find(({ name }) => name === "classes");
    const { params, madds } = classes
      ? { params: summary.params - classes.params, madds: summary.madds - classes.madds }
      : summary;
    return {
      paper,
      params,
      madds,
      paramsDifference: params / (1e6 * paper.params) - 1,
      maddsDifference: madds / (1e6 * paper.madds) - 1,
    };
  });
}
