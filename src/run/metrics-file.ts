import { open, readFile } from "node:fs/promises";
import { writeAtomic } from "../../datasets/files/write-atomic.ts";
import type { RunObserver, RunRecord } from "./run-records.ts";

/**
 * Writes a run's records to a file, one JSON object a line.
 *
 * @param lastStep Records after this step are dropped from what the file holds: a resumed run makes them again.
 */
export async function metricsFile(path: string, lastStep: number): Promise<RunObserver> {
  const kept = (await readMetrics(path)).filter(({ step }) => step <= lastStep);
  await writeAtomic(path, kept.map(formatLine));
  const file = await open(path, "a");
  return {
    async record(record) {
      await file.appendFile(formatLine(record));
    },
    close: () => file.close(),
  };
}

/** The records of a metrics file, none if there is no file. A last line cut short by a kill is left out. */
export async function readMetrics(path: string): Promise<RunRecord[]> {
  const text = await readFile(path, "utf8").catch((error) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const lines = text.split("\n").slice(0, -1);
  return lines.map((line, index) => {
    try {
      return JSON.parse(line);
    } catch (cause) {
      throw new Error(`${path} line ${index + 1}: expected a JSON record, got ${line.slice(0, 40)}`, {
        cause,
      });
    }
  });
}

/** JSON has no NaN or infinity: a loss that is one becomes null. */
function formatLine(record: RunRecord): string {
  return `${JSON.stringify(record)}\n`;
}
