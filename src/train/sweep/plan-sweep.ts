import { formatConfig, loadConfig } from "../../config/load-config.ts";
import type { Config } from "../../config/schema.ts";
import { parseModelName } from "../../models/model-name.ts";
import { combinationNames, shortKeys } from "./sweep-names.ts";
import { combinations, parseSettings, type SweepSetting } from "./sweep-settings.ts";

/** Several runs of one experiment that differ in some values and in the seed. */
export interface SweepPlan {
  /** The experiment's file. */
  readonly config: string;
  /** The same in every run, `key=value` each. */
  readonly fixed: readonly string[];
  /** Keys with several values. */
  readonly keys: readonly string[];
  /** What stands over the columns of their values: as short as may be. */
  readonly titles: readonly string[];
  readonly combinations: readonly Combination[];
}

/** One value for each key, and a run for each seed. */
export interface Combination {
  /** In the order of {@link SweepPlan.keys}. */
  readonly values: readonly string[];
  readonly runs: readonly PlannedRun[];
}

export interface PlannedRun {
  /** Of its folder in the sweep's. */
  readonly name: string;
  readonly seed: number;
  readonly config: Config;
}

/**
 * Lays out the runs of a sweep: every combination of the values, with the seeds 0 to `seeds` - 1.
 *
 * @param settings `key=v1,v2` each; see `parseSetting`.
 * @throws {Error} One line: what is wrong with a setting or with the config it makes.
 */
export async function planSweep(
  path: string,
  settings: readonly string[],
  seeds: number,
): Promise<SweepPlan> {
  const parsed = parseSettings(settings);
  const swept = parsed.filter(({ values }) => values.length > 1);
  const fixed = parsed
    .filter(({ values }) => values.length === 1)
    .map(({ key, values }) => `${key}=${values[0]}`);
  const keys = swept.map(({ key }) => key);
  const chosen = combinations(swept);
  const names = combinationNames(keys, chosen);
  const planned: Combination[] = [];
  for (const [i, values] of chosen.entries()) {
    const overrides = [...fixed, ...values.map((value, k) => `${keys[k]}=${value}`)];
    const runs: PlannedRun[] = [];
    for (let seed = 0; seed < seeds; seed++) {
      const config = await loadConfig(path, [...overrides, `train.seed=${seed}`]);
      parseModelName(config.model.name);
      runs.push({ name: [names[i], `seed-${seed}`].filter(Boolean).join("_"), seed, config });
    }
    planned.push({ values, runs });
  }
  refuseTwins(swept, planned);
  return { config: path, fixed, keys, titles: shortKeys(keys), combinations: planned };
}

/** 1 and 1.0 are the same value: a row for each would say that chance is an effect. */
function refuseTwins(swept: readonly SweepSetting[], planned: readonly Combination[]): void {
  const seen = new Map<string, readonly string[]>();
  for (const { values, runs } of planned) {
    const text = formatConfig((runs[0] as PlannedRun).config);
    const twin = seen.get(text);
    if (twin) {
      const at = values.findIndex((value, i) => value !== twin[i]);
      throw new Error(
        `--set ${swept[at]?.key}: expected different values, got ${twin[at]} and ${values[at]}, which are the same`,
      );
    }
    seen.set(text, values);
  }
}
