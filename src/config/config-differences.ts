import type { Config } from "./schema.ts";

/** One value in which two configs differ. */
interface ConfigDifference {
  /** Dotted: `train.batchSize`. */
  readonly path: string;
  readonly a: unknown;
  readonly b: unknown;
}

/** The values in which two configs differ, in the order of the schema; lists count as one value. */
export function configDifferences(a: Config, b: Config): ConfigDifference[] {
  return differences(a, b, "");
}

function differences(a: unknown, b: unknown, path: string): ConfigDifference[] {
  if (!isGroup(a) || !isGroup(b)) return JSON.stringify(a) === JSON.stringify(b) ? [] : [{ path, a, b }];
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].flatMap((key) => differences(a[key], b[key], path ? `${path}.${key}` : key));
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
