import { mainScore } from "../../run/run-records.ts";
import type { RunNumbers } from "../../run/summarize-run.ts";
import type { SweepPlan } from "./plan-sweep.ts";

/** The results of a sweep: of the runs that are done so far. */
export interface SweepResults {
  readonly config: string;
  readonly fixed: readonly string[];
  /** Keys with several values, and what stands over their columns. */
  readonly keys: readonly string[];
  readonly titles: readonly string[];
  readonly seeds: number;
  /** The score's name, such as AP; null if nothing was validated. */
  readonly score: string | null;
  /** One a combination. */
  readonly rows: readonly SweepRow[];
  readonly runs: readonly SweptRun[];
}

type Settings = Readonly<Record<string, string>>;

/** Over the finished runs of a combination. */
export interface SweepRow {
  /** By key, as typed. */
  readonly settings: Settings;
  readonly finished: number;
  readonly best: Spread | null;
  readonly last: Spread | null;
  /** Mean of the last steps. */
  readonly loss: Spread | null;
  /** Mean of the runs' median. */
  readonly secondsPerStep: number | null;
}

interface SweptRun {
  readonly name: string;
  readonly settings: Settings;
  readonly seed: number;
  readonly state: "done" | "not done" | "diverged";
  readonly best: number | null;
  readonly bestStep: number | null;
  readonly last: number | null;
  readonly loss: number | null;
  readonly secondsPerStep: number | null;
  readonly skipped: number;
}

/** How a run ended: its numbers once it is finished, or why there are none. */
export type RunOutcome = RunNumbers | "not done" | "diverged";

/** @param outcomes By the run's name; a run that is missing is not done. */
export function sweepResults(plan: SweepPlan, outcomes: ReadonlyMap<string, RunOutcome>): SweepResults {
  const { config, fixed, keys, titles, combinations } = plan;
  const rows: SweepRow[] = [];
  const runs: SweptRun[] = [];
  for (const { values, runs: planned } of combinations) {
    const settings = Object.fromEntries(keys.map((key, i) => [key, values[i] as string]));
    const swept = planned.map(({ name, seed }) =>
      sweptRun({ name, settings, seed }, outcomes.get(name) ?? "not done"),
    );
    rows.push(rowOf(settings, swept));
    runs.push(...swept);
  }
  const seeds = combinations[0]?.runs.length ?? 0;
  return { config, fixed, keys, titles, seeds, score: scoreName(outcomes), rows, runs };
}

function scoreName(outcomes: ReadonlyMap<string, RunOutcome>): string | null {
  for (const outcome of outcomes.values()) {
    if (typeof outcome === "object" && outcome.best) return mainScore(outcome.best.scores)[0];
  }
  return null;
}

function sweptRun(run: Pick<SweptRun, "name" | "settings" | "seed">, outcome: RunOutcome): SweptRun {
  if (typeof outcome === "string") {
    const nothing = { best: null, bestStep: null, last: null, loss: null, secondsPerStep: null, skipped: 0 };
    return { ...run, state: outcome, ...nothing };
  }
  const { best, last, loss, secondsPerStep, skipped } = outcome;
  return {
    ...run,
    state: "done",
    best: best && mainScore(best.scores)[1],
    bestStep: best?.step ?? null,
    last: last && mainScore(last.scores)[1],
    loss,
    secondsPerStep,
    skipped,
  };
}

function rowOf(settings: Settings, runs: readonly SweptRun[]): SweepRow {
  const of = (value: (run: SweptRun) => number | null) => spreadOf(runs.map(value).filter((v) => v !== null));
  return {
    settings,
    finished: runs.filter(({ state }) => state === "done").length,
    best: of(({ best }) => best),
    last: of(({ last }) => last),
    loss: of(({ loss }) => loss),
    secondsPerStep: of(({ secondsPerStep }) => secondsPerStep)?.mean ?? null,
  };
}

/** One number over several runs. */
export interface Spread {
  readonly mean: number;
  /** Sample standard deviation, the squares' sum over n - 1; null for a single value. */
  readonly deviation: number | null;
  readonly low: number;
  readonly high: number;
}

/** @returns Nothing for no values. */
export function spreadOf(values: readonly number[]): Spread | null {
  const { length } = values;
  if (length === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = length > 1 ? Math.sqrt(squares / (length - 1)) : null;
  return { mean, deviation, low: Math.min(...values), high: Math.max(...values) };
}
