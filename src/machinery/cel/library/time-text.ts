/** Times and durations within the limits that they have, and from their text, to the nanosecond. */
import { parseTime } from "../../time.ts";
import { CelError, Duration, Timestamp } from "../values.ts";

const LONGEST = 2n ** 63n;

export function duration(nanos: bigint): Duration {
  if (nanos < -LONGEST || nanos >= LONGEST) throw new CelError("integer overflow");
  return new Duration(nanos);
}

const EARLIEST = -62_135_596_800n * 1_000_000_000n;
const LATEST = 253_402_300_800n * 1_000_000_000n;

/** `offset`: minutes east of Greenwich that its text is written in. */
export function timestamp(nanos: bigint, offset = 0): Timestamp {
  if (nanos < EARLIEST || nanos >= LATEST) throw new CelError("timestamp overflow");
  return new Timestamp(nanos, offset);
}

const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const PART = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/g;
const DURATION = /^[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;

/** `1h2m3.5s`. */
export function durationOfText(text: string): Duration {
  const refuse = (): never => {
    throw new CelError("type conversion error from 'string' to 'google.protobuf.Duration'");
  };
  if (!DURATION.test(text)) return refuse();
  let nanos = 0n;
  for (const [, whole = "", fraction = "", unit = ""] of text.matchAll(PART)) {
    nanos += (BigInt(`0${whole}${fraction}`) * UNITS[unit]!) / 10n ** BigInt(fraction.length);
  }
  if (text.startsWith("-")) nanos = -nanos;
  return nanos < -LONGEST || nanos >= LONGEST ? refuse() : new Duration(nanos);
}

const ZONE = /([+-])(\d{2}):(\d{2})$/;

/** A time keeps the zone that it is written in. */
export function timestampOfText(text: string): Timestamp {
  try {
    const fraction = /[.,](\d+)/.exec(text)?.[1] ?? "";
    const whole = parseTime(text.replace(/[.,]\d+/, ""));
    const [, sign, hours, minutes] = ZONE.exec(text) ?? [];
    const offset = Number(hours ?? 0) * 60 + Number(minutes ?? 0);
    const nanos = BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(9, "0").slice(0, 9));
    return timestamp(nanos, sign === "-" ? -offset : offset);
  } catch (error) {
    if (error instanceof CelError) throw error;
    throw new CelError("type conversion error from 'string' to 'google.protobuf.Timestamp'");
  }
}
