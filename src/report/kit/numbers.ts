import { formatFixed } from "../../../eval/summary.ts";

/** Printed where there is no number, such as the AP of a split without persons. */
export const NONE = "–";

/** An AP, a recall or a similarity to three decimals, like COCO's lines. */
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

/** The gain from one score to another; {@link NONE} if one of them is missing (-1). */
export function gain(before: number, after: number): string {
  return before === -1 || after === -1 ? NONE : signed(after - before);
}

/** A share, in percent. */
export function percent(share: number, digits = 1): string {
  return Number.isFinite(share) ? `${formatFixed(100 * share, digits)}%` : NONE;
}

/** A count with thousands separators: `12,345`. */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** The number nearest to a value with at most so many decimals. */
export function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** A name without underscores: `left shoulder`. */
export function spoken(name: string): string {
  return name.replaceAll("_", " ");
}

/** A duration for people to read: `3.2 s`, `0.25 s`, `4 min 05 s`, `1 h 02 min`; `?` for none. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  if (seconds < 59.95) return `${seconds.toFixed(seconds < 0.995 ? 2 : 1)} s`;
  const two = (value: number) => String(value).padStart(2, "0");
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}
