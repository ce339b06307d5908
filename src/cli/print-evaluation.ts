import { summaryLines } from "../../eval/summary.ts";
import type { SplitEvaluation } from "../infer/evaluate-split.ts";
import { protocolLines } from "../infer/protocol.ts";

/** Prints COCO's ten lines below the protocol they were measured by; images passed over go to stderr. */
export function printEvaluation({ protocol, evaluation, badImages }: SplitEvaluation): void {
  for (const [path, reason] of badImages) {
    console.error(`skipped ${reason.startsWith(path) ? reason : `${path}: ${reason}`}`);
  }
  for (const line of protocolLines(protocol)) console.log(line);
  for (const line of summaryLines(evaluation)) console.log(line);
}
