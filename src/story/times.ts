/** Times for people. */

/** `4 ms`, `1.21 s`, `2 m 05 s`, `3 h 20 m`: three digits are enough. */
export function durationText(milliseconds: number): string {
  const value = Math.max(0, milliseconds);
  if (value < 999.5) return `${Math.round(value)} ms`;
  const seconds = value / 1000;
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} m`;
}

const two = (value: number): string => String(value).padStart(2, "0");

/** `2026-01-01 00:00:05.123 UTC`. */
export function timeText(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().replace("T", " ").replace("Z", "")} UTC`;
}
