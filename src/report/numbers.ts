import { formatFixed } from "../../eval/python-format.ts";

/** Stands where there is no number: no person counts, nothing was labelled. */
export const NONE = "–";

/** An AP, a recall or a similarity to three decimals, as COCO's lines have it. */
export function score(value: number): string {
  return value === -1 || !Number.isFinite(value) ? NONE : formatFixed(value, 3);
}

/** A difference, with its sign. */
export function signed(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return NONE;
  const text = formatFixed(Math.abs(value), digits);
  if (Number(text) === 0) return text;
  return `${value < 0 ? "−" : "+"}${text}`;
}

/** What is gained where both are known. */
export function gain(before: number, after: number): string {
  return before === -1 || after === -1 ? NONE : signed(after - before);
}

/** A share, in percent. */
export function percent(share: number, digits = 1): string {
  return Number.isFinite(share) ? `${formatFixed(100 * share, digits)}%` : NONE;
}

/** A count, its thousands set apart. */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** `left_shoulder` as a reader says it. */
export function spoken(name: string): string {
  return name.replaceAll("_", " ");
}
