import type { ValidationRecord } from "./run-records.ts";

/** Of a validation, the number that decides which weights are the best: it comes first. */
export function mainScore({ scores }: ValidationRecord): { name: string; value: number } {
  const [name, value] = Object.entries(scores)[0] ?? ["score", Number.NaN];
  return { name, value };
}
