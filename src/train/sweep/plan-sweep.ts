import { formatConfig, loadConfig } from "../../config/load-config.ts";
import type { Config } from "../../config/schema.ts";
import { parseModelName } from "../../models/model-name.ts";

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
interface Combination {
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

/** A config key and the values that a sweep tries. One value: the same in every run. */
interface SweepSetting {
  /** Dotted: `train.learningRate`. */
  readonly key: string;
  /** As typed: YAML. */
  readonly values: readonly string[];
}

/**
 * Reads all `--set` of a sweep.
 *
 * @throws {Error} As {@link parseSetting} does, if a key is there twice, and for the seed, which `--seeds` decides.
 */
function parseSettings(texts: readonly string[]): SweepSetting[] {
  const settings = texts.map(parseSetting);
  const keys = settings.map(({ key }) => key);
  const twice = keys.find((key, i) => keys.indexOf(key) < i);
  if (twice)
    throw new Error(
      `--set ${twice}: expected once, got it twice; values go behind one another: ${twice}=1,2`,
    );
  if (keys.includes("train.seed"))
    throw new Error("--set train.seed: expected --seeds to decide it, got a value");
  return settings;
}

/**
 * Reads a `--set key=v1,v2`: commas separate values, those within brackets, braces or quotes apart.
 *
 * @throws {Error} If there is no key, a value is empty, or one is there twice.
 */
export function parseSetting(text: string): SweepSetting {
  const equals = text.indexOf("=");
  const key = text.slice(0, Math.max(0, equals)).trim();
  if (!key) throw new Error(`--set: expected path=value or path=value,value…, got ${JSON.stringify(text)}`);
  const values = splitValues(text.slice(equals + 1));
  if (values.length > 1 && values.includes("")) {
    throw new Error(`--set ${text}: expected a value beside each comma, got nothing`);
  }
  const twice = values.find((value, i) => values.indexOf(value) < i);
  if (twice !== undefined) throw new Error(`--set ${text}: expected different values, got ${twice} twice`);
  return { key, values };
}

/** Splits at commas outside brackets, braces and quotes; space around values goes. */
export function splitValues(text: string): string[] {
  const values = [""];
  let depth = 0;
  let quote = "";
  for (const character of text) {
    if (quote) quote = character === quote ? "" : quote;
    else if (`"'`.includes(character)) quote = character;
    else if ("[{".includes(character)) depth += 1;
    else if ("]}".includes(character)) depth -= 1;
    if (character === "," && depth === 0 && !quote) values.push("");
    else values[values.length - 1] += character;
  }
  return values.map((value) => value.trim());
}

/** Every choice of one value for each setting, the last setting's values changing fastest. */
export function combinations(settings: readonly SweepSetting[]): string[][] {
  return settings.reduce<string[][]>(
    (chosen, { values }) => chosen.flatMap((before) => values.map((value) => [...before, value])),
    [[]],
  );
}

/** Longer values are cut: a folder's name has to be readable, and to fit. */
const LONGEST_VALUE = 40;

const UNSAFE = /[^A-Za-z0-9.+-]+/;

/** The last part of each dotted key, or all of it where another ends alike. */
function shortKeys(keys: readonly string[]): string[] {
  const lastOf = (key: string) => key.slice(key.lastIndexOf(".") + 1);
  return keys.map((key) =>
    keys.filter((other) => lastOf(other) === lastOf(key)).length > 1 ? key : lastOf(key),
  );
}

/**
 * Names for folders, such as `kernels-4_inputSize-128-96`: letters, digits, dots, plus and minus signs of keys and
 * values. Combinations whose names would be the same are numbered.
 *
 * @param combinations The values of each, in the order of the keys.
 * @returns One name a combination; empty where there is no key.
 */
export function combinationNames(
  keys: readonly string[],
  combinations: readonly (readonly string[])[],
): string[] {
  const short = shortKeys(keys);
  const names = combinations.map((values) =>
    values.map((value, i) => `${short[i]}-${fileSafe(value)}`).join("_"),
  );
  const taken = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let number = 2; taken.has(unique); number++) unique = `${name}_${number}`;
    taken.add(unique);
    return unique;
  });
}

function fileSafe(value: string): string {
  const plain = value.split(UNSAFE).filter(Boolean).join("-");
  return plain.slice(0, LONGEST_VALUE) || "none";
}
