import type { SplitEvaluation } from "../infer/evaluate-split.ts";

/** Prints COCO's ten lines below the protocol they were measured by; images passed over go to stderr. */
export async function printEvaluation({ protocol, evaluation, badImages }: SplitEvaluation): Promise<void> {
  const { summaryLines } = await import("../../eval/summary.ts");
  const { protocolFacts } = await import("../infer/protocol.ts");
  for (const [path, reason] of badImages) {
    console.error(`skipped ${reason.startsWith(path) ? reason : `${path}: ${reason}`}`);
  }
  for (const [name, fact] of protocolFacts(protocol)) console.log(`${name.padEnd(12)}${fact}`);
  for (const line of summaryLines(evaluation)) console.log(line);
}
