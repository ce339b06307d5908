import { closest, distance } from "fastest-levenshtein";
import { z } from "zod";

/** Every key path of a schema, dotted: `train`, `train.epochs`, `train.optimizer.beta1` … */
export function knownKeys(schema: z.core.$ZodType, prefix = ""): string[] {
  if (schema instanceof z.ZodObject) {
    return Object.entries<z.core.$ZodType>(schema.shape).flatMap(([key, field]) => [
      prefix + key,
      ...knownKeys(field, `${prefix}${key}.`),
    ]);
  }
  if (schema instanceof z.ZodUnion) {
    return [...new Set(schema.options.flatMap((option) => knownKeys(option, prefix)))];
  }
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return knownKeys(schema.unwrap(), prefix);
  }
  return [];
}

/**
 * The known key a mistyped one most likely means: one with the same last part wherever it belongs (`epochs` for
 * `train.epochs`), else one it is the start of, else the nearest by spelling, or nothing when none is near.
 */
export function nearestKey(unknown: string, known: readonly string[]): string | undefined {
  const last = (key: string) => key.slice(key.lastIndexOf(".") + 1).toLowerCase();
  const folder = (key: string) => key.slice(0, key.lastIndexOf(".") + 1);
  const spelledTheSame = known.filter((key) => last(key) === last(unknown));
  if (spelledTheSame.length > 0) return closest(unknown, spelledTheSame);
  const longer = known.filter((key) => key.toLowerCase().startsWith(unknown.toLowerCase()));
  if (longer.length > 0) return longer[0];
  const beside = known.filter((key) => folder(key) === folder(unknown));
  const candidate = closest(unknown, beside.length > 0 ? beside : [...known]);
  return distance(last(candidate), last(unknown)) <= 0.5 * Math.max(4, last(unknown).length)
    ? candidate
    : undefined;
}
