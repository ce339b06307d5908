import { Command } from "commander";
import { readAnnotations, truthOf } from "../../datasets/coco/read-annotations.ts";
import { findSplit } from "../../datasets/coco/split-files.ts";
import { CODEC_NAMES, createCodec } from "../../datasets/codecs/codecs.ts";
import { DEFAULT_SIGMA } from "../../datasets/codecs/heatmap-codec.ts";
import { selectPersons } from "../../datasets/loader/person-sample.ts";
import { type CodecProof, proveCodec } from "../../datasets/stats/codec-proof.ts";
import { inputSize } from "./options.ts";

/** Input pixels a heatmap cell, in every network here. */
const STRIDE = 4;

interface CodecOptions {
  readonly data: string;
  readonly split: string;
  readonly input: [height: number, width: number];
  readonly json: boolean;
}

/** `dypose data codec`: what is lost by turning keypoints into heatmaps and back. */
export function dataCodecCommand(): Command {
  return new Command("codec")
    .description("what is lost by turning labelled keypoints into heatmaps and back, per codec")
    .requiredOption("--data <dir>", "data set in COCO's layout")
    .option("--split <name>", "split to use", "val2017")
    .option("--input <size>", "network input, HEIGHTxWIDTH in pixels", inputSize, [256, 192])
    .option("--json", "print JSON instead of a table", false)
    .action(async ({ data, split, input, json }: CodecOptions) => {
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
    });
}

function printTable(
  split: string,
  [height, width]: readonly [number, number],
  persons: number,
  proofs: readonly (CodecProof & { codec: string })[],
): void {
  console.log(`${split}, ${persons} persons, input ${height}x${width}, a cell every ${STRIDE} pixels`);
  console.log("codec          AP    cost  error (image px)  error (crop px)  outside");
  for (const { codec, averagePrecision, perfect, meanError, meanCropError, lost } of proofs) {
    const columns = [
      codec.padEnd(8),
      averagePrecision.toFixed(4).padStart(8),
      (perfect - averagePrecision).toFixed(4).padStart(7),
      meanError.toFixed(4).padStart(17),
      meanCropError.toFixed(4).padStart(16),
      String(lost).padStart(8),
    ];
    console.log(columns.join(" "));
  }
  console.log("cost: AP of the labelled keypoints themselves minus AP; outside: keypoints too far outside");
  console.log("their crop to weigh anything in training.");
}
