import { existsSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomic } from "../../datasets/files/write-atomic.ts";
import { configDifferences } from "../config/config-differences.ts";
import { formatConfig, loadConfig } from "../config/load-config.ts";
import type { Config } from "../config/schema.ts";

/** What may be another in a resumed run: it leaves every step before the end as it was. */
const MAY_CHANGE = [
  /^train\.epochs$/,
  /^train\.maxSkippedSteps$/,
  /^validation\./,
  /^checkpoint\./,
  /^data\.(workers|cacheMegabytes|validationSplit)$/,
];

/**
 * Makes a run's folder, or takes up the one there is, and writes the config into it.
 *
 * @throws {Error} If a run is there and is not to be resumed (nothing of it is touched), or is to be resumed with
 * another config: names what differs.
 */
export async function openRunFolder(folder: string, config: Config, resume: boolean): Promise<void> {
  await mkdir(folder, { recursive: true });
  const saved = join(folder, "config.yaml");
  const hasRun = (await readdir(folder)).includes("config.yaml");
  if (hasRun && !resume) {
    throw new Error(`${folder}: expected no run in it, got one; go on with --resume, or give another folder`);
  }
  await refuseOtherConfig(folder, config);
  await writeAtomic(saved, [formatConfig(config)]);
}

/**
 * @throws {Error} If there is a run in the folder and it cannot go on with this config, naming what differs. Without a
 * run, any config may start one.
 */
export async function refuseOtherConfig(folder: string, now: Config): Promise<void> {
  const saved = join(folder, "config.yaml");
  if (!existsSync(saved)) return;
  const before = await loadConfig(saved);
  const changes = configDifferences(before, now).filter(
    // With a cosine the number of epochs decides every step's rate.
    ({ path }) =>
      !MAY_CHANGE.some((pattern) => pattern.test(path)) ||
      (path === "train.epochs" && before.train.schedule.kind === "cosine"),
  );
  if (changes.length === 0) return;
  const list = changes.map(({ path, a, b }) => `${path} ${JSON.stringify(a)}, now ${JSON.stringify(b)}`);
  throw new Error(`${folder}: expected the config of the run to resume, got another: ${list.join("; ")}`);
}
