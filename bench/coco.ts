/**
 * What the paper's runs on COCO would take: a dry run of every config in configs/coco, with batches small enough for
 * this machine, and an estimate for one GPU from the network's arithmetic alone.
 *
 *     npx tsx bench/coco.ts DIR [BATCH]
 *
 * DIR is any data set in COCO's layout that has at least BATCH (16) people; a few steps are all a dry run takes.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadConfig } from "../src/config/load-config.ts";
import { loadEngine } from "../src/engine/load-engine.ts";
import { type DryRun, dryRun } from "../src/train/dry-run.ts";
import { prepareTraining } from "../src/train/prepare-training.ts";

/** People with labelled keypoints in COCO train2017: what an epoch shows the network. */
const PERSONS = 149_813;
const EPOCHS = 210;
/** FLOP of a training step per multiply-add of the network: forward, and backward to inputs and to weights. */
const FLOP_PER_MULTIPLY_ADD = 6;
/** What the estimate supposes a GPU sustains in float32, FLOP/s. Not measured. */
const GPU_FLOPS = 5e12;
const CONFIGS = fileURLToPath(new URL("../configs/coco", import.meta.url));

const [data, batch = "16", config] = process.argv.slice(2);
if (!data) {
  console.error("bench: expected a data set's folder, got nothing; run npx tsx bench/coco.ts DIR");
  process.exit(2);
}
if (config) process.send?.(await measure(data, config));
else await printTable(data);

/** A dry run of one config, in this process. */
async function measure(folder: string, name: string): Promise<DryRun> {
  const settings = await loadConfig(`${CONFIGS}/${name}`, [`train.batchSize=${batch}`]);
  await loadEngine("auto");
  const training = await prepareTraining(settings, folder);
  return await dryRun(training, settings).finally(training.close);
}

/** The same in a process of its own, whose most memory is this config's alone. */
async function measureApart(folder: string, name: string): Promise<DryRun> {
  const child = fork(fileURLToPath(import.meta.url), [folder, batch, name]);
  const [result] = await Promise.race([
    once(child, "message"),
    once(child, "exit").then(([code]) => {
      throw new Error(`bench: expected a dry run of ${name}, got exit code ${code}`);
    }),
  ]);
  return result;
}

async function printTable(folder: string): Promise<void> {
  const days = (seconds: number): string => (seconds / 86_400).toFixed(1);
  console.log(
    `| config | parameters | MAdds | s a step of ${batch} | memory | days here | GPU, hours (estimate) |`,
  );
  console.log("|---|--:|--:|--:|--:|--:|--:|");
  for (const name of readdirSync(CONFIGS)) {
    const { params, madds, secondsPerStep, peakMemory } = await measureApart(folder, name);
    const flop = FLOP_PER_MULTIPLY_ADD * madds * PERSONS * EPOCHS;
    const cells = [
      name.replace("_256x192.yaml", ""),
      `${(params / 1e6).toFixed(2)} M`,
      `${(madds / 1e6).toFixed(1)} M`,
      secondsPerStep.toFixed(2),
      `${(peakMemory / 2 ** 30).toFixed(1)} GiB`,
      days((secondsPerStep / Number(batch)) * PERSONS * EPOCHS),
      (flop / GPU_FLOPS / 3600).toFixed(0),
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
}
