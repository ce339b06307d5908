/**
 * A tiny training run in a process of its own, for tests that do it harm: `FOLDER [kill=STEP | full=STEP | slow]`. It
 * resumes what it finds, and writes its weights to FOLDER/final.json when it comes to the end. Right after the step it
 * kills itself, or may no longer write files of a checkpoint's size, as on a disk that is full.
 */
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { trainRun } from "../../src/train/train-run.ts";
import { testEngine } from "../engine.ts";
import { TINY_INFO, TINY_OBJECTIVE, tinyConfig, tinyModel, tinySource, weightsOf } from "./tiny-run.ts";

const [folder = "", harm = ""] = process.argv.slice(2);
const [, harmKind, harmStep] = /^(kill|full)=(\d+)$/.exec(harm) ?? [];
const LARGEST_FILE = 8192;
await testEngine();
process.on("SIGXFSZ", () => {});
const controller = new AbortController();
process.once("SIGTERM", () => controller.abort());
const model = tinyModel();
const { finished } = await trainRun({
  model,
  source: tinySource(6),
  config: tinyConfig("train.epochs=4", "train.ema=0.9", "train.accumulate=2", "checkpoint.everySteps=2"),
  folder,
  objective: TINY_OBJECTIVE,
  info: TINY_INFO,
  resume: true,
  signal: controller.signal,
  observers: [
    {
      async record({ kind, step }) {
        if (harm === "slow") await new Promise((resolve) => setTimeout(resolve, 50));
        if (kind !== "step" || step !== Number(harmStep)) return;
        if (harmKind === "kill") process.kill(process.pid, "SIGKILL");
        else execFileSync("prlimit", ["--pid", String(process.pid), `--fsize=${LARGEST_FILE}`]);
      },
    },
  ],
});
if (finished) await writeFile(join(folder, "final.json"), JSON.stringify(weightsOf(model)));
