/** Times and durations within the limits that they have, and from their text, to the nanosecond. */
import { parseDuration, parseTime } from "../../time.ts";
import { CelError, Duration, Timestamp } from "../values.ts";

const LONGEST = 2n ** 63n;

export function duration(nanos: bigint): Duration {
  if (nanos < -LONGEST || nanos >= LONGEST) throw new CelError("integer overflow");
  return new Duration(nanos);
}

const EARLIEST = -62_135_596_800n * 1_000_000_000n;
const LATEST = 253_402_300_800n * 1_000_000_000n;

export function timestamp(nanos: bigint): Timestamp {
  if (nanos < EARLIEST || nanos >= LATEST) throw new CelError("timestamp overflow");
  return new Timestamp(nanos);
}

export function durationOfText(text: string): Duration {
  try {
    return duration(BigInt(Math.round(parseDuration(text) * 1e6)));
  } catch {
    throw new CelError("type conversion error from 'string' to 'google.protobuf.Duration'");
  }
}

export function timestampOfText(text: string): Timestamp {
  try {
    const fraction = /\.(\d+)/.exec(text)?.[1] ?? "";
    const whole = parseTime(text.replace(/\.\d+/, ""));
    return timestamp(BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(9, "0").slice(0, 9)));
  } catch (error) {
    if (error instanceof CelError) throw error;
    throw new CelError("type conversion error from 'string' to 'google.protobuf.Timestamp'");
  }
}
