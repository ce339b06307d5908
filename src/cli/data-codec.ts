import { readAnnotations, truthOf } from "../../datasets/coco/read-annotations.ts";
import { findSplit } from "../../datasets/coco/split-files.ts";
import { CODEC_NAMES, createCodec, DEFAULT_SIGMA } from "../../datasets/codecs/codecs.ts";
import { selectPersons } from "../../datasets/loader/person-sample.ts";
import { type CodecProof, proveCodec } from "../../datasets/stats/codec-proof.ts";
import { alignColumns } from "./text-table.ts";

/** Input pixels per heatmap cell, the same in every network here. */
const STRIDE = 4;

interface CodecFlags {
  data: string;
  split: string;
  input: [height: number, width: number];
  json: boolean;
}

export async function compareCodecs({ data, split, input, json }: CodecFlags): Promise<void> {
  const coco = await readAnnotations((await findSplit(data, split)).annotations);
  const persons = selectPersons(coco);
  const truth = truthOf(coco);
  const grid = {
    inputSize: input,
    heatmapSize: [input[0] / STRIDE, input[1] / STRIDE],
    sigma: DEFAULT_SIGMA,
  } as const;
  const proofs = CODEC_NAMES.map((name) => ({
    codec: name,
    ...proveCodec(createCodec(name, grid), persons, truth),
  }));
  if (json) console.log(JSON.stringify({ split, input, persons: persons.length, proofs }, null, 2));
  else printTable(split, input, persons.length, proofs);
}

function printTable(
  split: string,
  [height, width]: readonly [number, number],
  persons: number,
  proofs: readonly (CodecProof & { codec: string })[],
): void {
  console.log(`${split}, ${persons} persons, input ${height}x${width}, a cell every ${STRIDE} pixels`);
  const header = ["codec", "AP", "cost", "error (image px)", "error (crop px)", "outside"];
  const rows = proofs.map(({ codec, averagePrecision, perfect, meanError, meanCropError, lost }) => [
    codec,
    averagePrecision.toFixed(4),
    (perfect - averagePrecision).toFixed(4),
    meanError.toFixed(4),
    meanCropError.toFixed(4),
    String(lost),
  ]);
  const layout = { right: [1, 2, 3, 4, 5], least: [8, 7] };
  for (const line of alignColumns([header, ...rows], layout)) console.log(line);
  console.log("cost: AP of the labelled keypoints themselves minus AP; outside: keypoints too far outside");
  console.log("their crop to weigh anything in training.");
}
