import { expect, test } from "vitest";
import { groupBatches } from "../../src/train/training-batch.ts";
import { tinyBatch } from "./tiny-run.ts";

/** A source of seven batches that says when an epoch is over. */
function source() {
  const said: string[] = [];
  return {
    said,
    stepsPerEpoch: 7,
    async *epoch(epoch: number, first = 0) {
      try {
        for (let index = first; index < 7; index++) {
          said.push(`read ${index}`);
          yield tinyBatch(epoch, index, 1);
        }
      } finally {
        said.push("over");
      }
    },
  };
}

test("batches come in groups from the first one asked for, the last group with what is left", async () => {
  const sizes: number[] = [];
  for await (const group of groupBatches(source(), 0, 1, 4)) {
    let count = 0;
    for await (const _ of group) count++;
    sizes.push(count);
  }
  // 7 - 1 = 4 + 2
  expect(sizes).toEqual([4, 2]);
});

test("nothing is read before its group is, and leaving early ends the epoch", async () => {
  const batches = source();
  for await (const group of groupBatches(batches, 0, 0, 2)) {
    expect(batches.said).toEqual([]);
    for await (const _ of group);
    break;
  }
  expect(batches.said).toEqual(["read 0", "read 1", "over"]);
});
