/**
 * A tiny training run in a process of its own, for tests that kill it: `FOLDER [KILL_STEP]`. It resumes what it finds,
 * kills itself right after the given step, and writes its weights to FOLDER/final.json when it comes to the end.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type EngineChoice, loadEngine } from "../../src/engine/load-engine.ts";
import { trainRun } from "../../src/train/train-run.ts";
import { TINY_INFO, tinyConfig, tinyModel, tinySource, weightsOf } from "./tiny-run.ts";

const [folder = "", killStep] = process.argv.slice(2);
await loadEngine((process.env["DYPOSE_ENGINE"] ?? "auto") as EngineChoice);
const controller = new AbortController();
process.once("SIGTERM", () => controller.abort());
const model = tinyModel();
const { finished } = await trainRun({
  model,
  source: tinySource(6),
  config: tinyConfig("train.epochs=4", "train.ema=0.9", "train.accumulate=2", "checkpoint.everySteps=2"),
  folder,
  info: TINY_INFO,
  resume: true,
  signal: controller.signal,
  observers: [
    {
      async record({ kind, step }) {
        if (kind === "step" && step === Number(killStep)) process.kill(process.pid, "SIGKILL");
        if (killStep === "wait") await new Promise((resolve) => setTimeout(resolve, 50));
      },
    },
  ],
});
if (finished) await writeFile(join(folder, "final.json"), JSON.stringify(weightsOf(model)));
