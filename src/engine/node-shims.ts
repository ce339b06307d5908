import util from "node:util";

/** Replaces functions of `util` that tfjs-node still calls: Node 22 warns of them, Node 23 has them no more. */
export function restoreNodeUtil(): void {
  const target = util as unknown as Record<string, unknown>;
  target["isNullOrUndefined"] = (value: unknown) => value === null || value === undefined;
  target["isArray"] = Array.isArray;
}
