import util from "node:util";

/** Functions that Node 23 took out of `util` and that tfjs-node's kernels still call. */
export function restoreNodeUtil(): void {
  const target = util as unknown as Record<string, unknown>;
  target["isNullOrUndefined"] ??= (value: unknown) => value === null || value === undefined;
  target["isArray"] ??= Array.isArray;
}
