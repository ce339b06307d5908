import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { runsCommand } from "../../src/cli/commands/training.ts";
import { formatConfig } from "../../src/config/load-config.ts";
import type { RunRecord } from "../../src/run/run-records.ts";
import { tinyConfig } from "../train/tiny-run.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dypose-runs-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Writes a run of two epochs of two steps, cut off after `steps`, with the given AP after each whole epoch. */
async function writeRun(name: string, steps: number, scores: readonly number[], ...overrides: string[]) {
  const run = join(folder, name);
  await mkdir(run, { recursive: true });
  await writeFile(join(run, "config.yaml"), formatConfig(tinyConfig(...overrides)));
  const records: RunRecord[] = [];
  for (let step = 1; step <= steps; step++) {
    records.push({
      kind: "step",
      step,
      epoch: step / 2,
      loss: step === 2 ? Number.NaN : 0.5 / step,
      learningRate: 0.01,
      temperature: 1,
      gradientNorm: 1,
      skipped: step === 2,
      imagesPerSecond: 10 * step,
      waitShare: 0,
    });
    const AP = scores[step / 2 - 1];
    if (AP !== undefined) {
      const isBest = AP === Math.max(...scores.slice(0, step / 2));
      records.push({ kind: "validation", step, epoch: step / 2, scores: { AP }, isBest, seconds: 1 });
    }
  }
  // A kill can cut the last line short.
  const text = records.map((record) => `${JSON.stringify(record)}\n`).join("");
  await writeFile(join(run, "metrics.jsonl"), `${text}{"kind":"st`);
}

async function runs(...args: string[]): Promise<string[]> {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  await runsCommand().parseAsync([folder, ...args], { from: "user" });
  const lines = log.mock.calls.map(([line]) => String(line));
  log.mockRestore();
  return lines;
}

test("runs are listed with their progress and scores, and in what their configs differ", async () => {
  await writeRun("a", 4, [0.5, 0.25]);
  await writeRun("sweep/b", 3, [0.125], "train.learningRate=0.5", "model.kernels=2");
  const [header, a, b, title, difference] = (await runs()).map((line) => line.replaceAll(/ {2,}/g, " | "));
  expect(header).toBe("run | model | state | step | loss | best | last | images/s | skipped | updated");
  // Mean loss of steps 1, 3 and 4: (1/2 + 1/6 + 1/8) / 3 = 0.264; speeds 10, 20, 30, 40: the upper middle is 30.
  expect(a).toMatch(
    /^a \| tiny_tiny \| done \| 4 \| 2\.64e-1 \| AP 0\.500 @ 2 \| AP 0\.250 \| 30\.0 \| 1 \| 20\d\d-/,
  );
  expect(b).toMatch(
    /^sweep\/b \| tiny_tiny \| epoch 1\.5\/2 \| 3 \| .* \| AP 0\.125 @ 2 \| AP 0\.125 \| 20\.0 \| 1 \| /,
  );
  expect(title?.trim()).toBe("what differs from a, whose value stands in brackets");
  expect(difference).toBe("sweep/b | model.kernels 2 (4), train.learningRate 0.5 (0.01)");
});

test("--json gives all of it to programs", async () => {
  await writeRun("a", 2, [0.5]);
  const [run] = JSON.parse((await runs("--json")).join("\n"));
  expect(run).toMatchObject({
    name: "a",
    step: 2,
    epoch: 1,
    finished: false,
    config: { train: { epochs: 2 } },
  });
});

test("a folder without runs, and none at all", async () => {
  expect(await runs()).toEqual([`${folder}: no runs`]);
  await expect(runsCommand().parseAsync(["none"], { from: "user" })).rejects.toThrow(
    "none: expected a folder of runs, got ENOENT",
  );
});

test("a damaged line of metrics is named", async () => {
  await writeRun("a", 2, []);
  await writeFile(join(folder, "a", "metrics.jsonl"), '{"kind":"step"}\n{oops\n');
  await expect(runs()).rejects.toThrow(/metrics\.jsonl line 2: expected a JSON record, got \{oops/);
});
