import { open } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { RunObserver, RunRecord } from "../run-records.ts";
import { type Event, encodeEvent, frameRecord } from "./event.ts";

/**
 * Opens a new event file in a run's folder: `tensorboard --logdir RUN` reads all of a folder's files as one.
 *
 * @param firstStep Steps up to this one stay as earlier files have them; what those hold after it is dropped, as a
 * resumed run makes it again. Nothing is dropped without.
 */
export async function eventFile(folder: string, firstStep?: number): Promise<RunObserver> {
  const now = () => Date.now() / 1000;
  // The time orders a folder's files; milliseconds tell those of a quick resumption apart.
  const path = join(folder, `events.out.tfevents.${now().toFixed(3)}.${hostname()}.${process.pid}`);
  const file = await open(path, "a");
  const write = (event: Event) => file.appendFile(frameRecord(encodeEvent(event, now())));
  await write({ kind: "version" });
  if (firstStep !== undefined) await write({ kind: "restart", step: firstStep + 1 });
  return {
    async record(record) {
      for (const [tag, value] of scalarsOf(record))
        await write({ kind: "scalar", tag, step: record.step, value });
    },
    picture: (tag, step, image) => write({ kind: "image", tag, step, image }),
    close: () => file.close(),
  };
}

function scalarsOf(record: RunRecord): [tag: string, value: number][] {
  if (record.kind === "validation") {
    return Object.entries(record.scores).map(([name, value]) => [`validation/${name}`, value]);
  }
  if (record.kind === "attention") {
    return record.layers.map(({ layer, entropy }) => [`attention_entropy/${layer}`, entropy]);
  }
  return [
    ["train/loss", record.loss],
    ["train/learning_rate", record.learningRate],
    ["train/temperature", record.temperature],
    ["train/gradient_norm", record.gradientNorm],
    ["speed/images_per_second", record.imagesPerSecond],
    ["speed/wait_share", record.waitShare],
  ];
}
