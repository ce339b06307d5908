/** A time as a reader says it: `3.2 s`, `0.25 s`, `4 min 05 s`, `1 h 02 min`; `?` for none. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  if (seconds < 59.95) return `${seconds.toFixed(seconds < 0.995 ? 2 : 1)} s`;
  const two = (value: number) => String(value).padStart(2, "0");
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}
