import { arch, availableParallelism, cpus, release, totalmem, type } from "node:os";
import type { Engine } from "../../engine/engine.ts";
import type { Fact } from "../score/score-report.ts";

/**
 * What a run's speed depends on beside its config.
 *
 * @param versions Of the programs it ran on, by name.
 */
export function machineFacts(engine: Engine, versions: Readonly<Record<string, string>>): Fact[] {
  const [cpu] = cpus();
  return [
    ["processor", cpu?.model.trim() || "unknown"],
    ["cores", `${availableParallelism()} for this process, of ${cpus().length}`],
    ["memory", `${(totalmem() / 2 ** 30).toFixed(1)} GiB`],
    ["system", `${type()} ${release()}, ${arch()}`],
    ["engine", `${engine.name}, ${engine.threads} threads (${engine.reason})`],
    ...Object.entries(versions)
      .filter(([name]) => name !== "engine")
      .map(([name, version]): Fact => [name, version]),
  ];
}
