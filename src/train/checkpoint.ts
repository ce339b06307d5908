import { mkdir, readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { UNFINISHED_FILE } from "../../datasets/files/write-atomic.ts";
import { readWeights, writeWeights } from "../weights/model-weights.ts";
import {
  type HostTensor,
  readSafetensors,
  readSafetensorsHeader,
  writeSafetensors,
} from "../weights/safetensors.ts";
import { EMA_PREFIX, listCheckpoints, OPTIMIZER_PREFIX } from "../weights/weights-file.ts";
import {
  type ClassifierInfo,
  INFO_KEY,
  parseNetworkInfo,
  type WeightsInfo,
} from "../weights/weights-info.ts";
import type { Learner } from "./train-step.ts";

/** Where a run is. Everything else it needs follows from this, the config and the weights. */
export interface RunProgress {
  /** Steps taken, skipped ones included: decides learning rate and temperature. */
  step: number;
  /** Epoch and batch that come next: decide the data, its order and its augmentation. */
  epoch: number;
  batch: number;
  /** Steps skipped because loss or gradient was not finite. */
  skipped: number;
  best: { score: number; step: number } | null;
}

const PROGRESS_KEY = "progress";

/**
 * Writes everything a run needs to go on into one file, atomically, then deletes all but the last `keep`.
 *
 * @returns The file's path.
 * @throws {Error} If it cannot be written (a full disk): names the checkpoint that is still there.
 */
export async function saveCheckpoint(
  runFolder: string,
  { model, optimizer, average }: Learner,
  progress: RunProgress,
  info: WeightsInfo | ClassifierInfo,
  keep: number,
): Promise<string> {
  const path = join(runFolder, "checkpoints", `step-${String(progress.step).padStart(9, "0")}.safetensors`);
  await mkdir(join(runFolder, "checkpoints"), { recursive: true });
  const earlier = (await listCheckpoints(runFolder)).filter((other) => other !== path);
  const tensors = new Map<string, HostTensor>([
    ...(await readWeights(model)),
    ...prefixed(OPTIMIZER_PREFIX, await optimizer.save()),
    ...prefixed(EMA_PREFIX, (await average?.save()) ?? new Map()),
  ]);
  const metadata = { [INFO_KEY]: JSON.stringify(info), [PROGRESS_KEY]: JSON.stringify(progress) };
  await writeSafetensors(path, { tensors, metadata }).catch((cause) => {
    const last = earlier.at(-1);
    const rest = last ? `${basename(last)} is usable: make room and resume` : "there is no earlier one";
    throw new Error(`${cause.message}; ${rest}`, { cause });
  });
  for (const old of earlier.slice(0, Math.max(0, earlier.length - keep + 1))) await rm(old, { force: true });
  return path;
}

/**
 * Puts the newest readable checkpoint of a run back, and clears away files a killed process left unfinished.
 *
 * @param notice Told of checkpoints that cannot be read and are passed over.
 * @returns Where the run was and what its file says, or nothing if it had no checkpoint yet.
 * @throws {Error} If there are checkpoints but none can be used.
 */
export async function loadCheckpoint(
  runFolder: string,
  { model, optimizer, average }: Learner,
  notice: (message: string) => void | Promise<void>,
): Promise<{ progress: RunProgress; info: WeightsInfo | ClassifierInfo } | undefined> {
  await removeUnfinished(join(runFolder, "checkpoints"));
  const paths = (await listCheckpoints(runFolder)).reverse();
  let problem: unknown;
  for (const path of paths) {
    try {
      const { tensors, metadata } = await readSafetensors(path);
      const info = parseNetworkInfo(path, metadata);
      const progress: RunProgress = JSON.parse(metadata[PROGRESS_KEY] ?? "null");
      if (!progress) throw new Error(`${path}: expected a checkpoint, got weights alone`);
      writeWeights(model, withoutPrefixes(tensors), path, info.model.name);
      optimizer.restore(under(OPTIMIZER_PREFIX, tensors));
      average?.restore(under(EMA_PREFIX, tensors));
      return { progress, info };
    } catch (error) {
      problem ??= error;
      await notice(`passed over: ${error instanceof Error ? error.message : error}`);
    }
  }
  if (problem) throw problem;
  return undefined;
}

/** Where a run's newest checkpoint is, read from its head alone; nothing if there is none that can be read. */
export async function readProgress(runFolder: string): Promise<RunProgress | undefined> {
  const newest = (await listCheckpoints(runFolder)).at(-1);
  const header = newest && (await readSafetensorsHeader(newest).catch(() => undefined));
  return header ? (JSON.parse(header.metadata[PROGRESS_KEY] ?? "null") ?? undefined) : undefined;
}

async function removeUnfinished(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [] as string[]);
  for (const name of names.filter((name) => UNFINISHED_FILE.test(name))) await rm(join(folder, name));
}

function prefixed(prefix: string, tensors: ReadonlyMap<string, HostTensor>): [string, HostTensor][] {
  return [...tensors].map(([name, tensor]) => [prefix + name, tensor]);
}

function under(prefix: string, tensors: ReadonlyMap<string, HostTensor>): Map<string, HostTensor> {
  const found = [...tensors].filter(([name]) => name.startsWith(prefix));
  return new Map(found.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

function withoutPrefixes(tensors: ReadonlyMap<string, HostTensor>): Map<string, HostTensor> {
  return new Map(
    [...tensors].filter(([name]) => !name.startsWith(OPTIMIZER_PREFIX) && !name.startsWith(EMA_PREFIX)),
  );
}
