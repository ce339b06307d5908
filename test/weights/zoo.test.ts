import { readFile, stat } from "node:fs/promises";
import { expect, test } from "vitest";
import { readSafetensors } from "../../src/weights/safetensors.ts";
import { checkBytes, findZooWeights, ZOO, type ZooName, zooFiles } from "../../src/weights/zoo.ts";

const names = Object.keys(ZOO) as ZooName[];

test.each(names)("%s is what its row says, and has a card", async (name) => {
  const path = await findZooWeights(name);
  const { tensors } = await readSafetensors(path);
  const parameters = [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
  expect(parameters).toBe(ZOO[name].parameters);
  expect((await stat(zooFiles(name).card)).size).toBeGreaterThan(500);
});

test("what was not packed is refused: a byte too few, a bit turned over", async () => {
  const [name] = names as [ZooName];
  const bytes = await readFile(zooFiles(name).weights);
  const last = bytes.length - 1;
  expect(() => checkBytes("w", bytes.subarray(0, last), ZOO[name])).toThrow(
    `w: expected ${bytes.length} bytes, got ${last}: not the file packed`,
  );
  bytes[last] = (bytes[last] as number) ^ 1;
  expect(() => checkBytes("w", bytes, ZOO[name])).toThrow(
    /^w: expected sha256 \w{64}, got \w{64}: the file is corrupt$/,
  );
});

test("a name that there is not names the nearest", async () => {
  await expect(findZooWeights("nanodet_416")).rejects.toThrow(
    'got "nanodet_416"; did you mean nanodet-g_416?',
  );
});
