/**
 * Resource quantities, as k8s.io/apimachinery/pkg/api/resource: `1500m`, `1Gi`, `12e6`. Exact to a
 * billionth; what is finer is rounded up, what is larger than 2^63-1 is cut there.
 *
 * Amounts are plain numbers while these are exact and BigInts beyond. Objects hold quantities as text;
 * whoever calculates parses once and keeps the {@link Quantity}.
 */

import { remembering } from "./remember.ts";

export type QuantityFormat = "DecimalSI" | "BinarySI" | "DecimalExponent";

/** `amount` × 10^`scale`; scale is 0, -3 (milli) or -9 (nano). */
export interface Quantity {
  readonly amount: number | bigint;
  readonly scale: 0 | -3 | -9;
  readonly format: QuantityFormat;
}

/** The text is no quantity; `message` is upstream's. */
export class QuantityError extends Error {}

const FORM = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/;
const FAST = /^(0|[1-9][0-9]{0,8})(m|k|M|G|Ki|Mi|Gi)?$/;
const WRONG_FORM = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const WRONG_SUFFIX = "unable to parse quantity's suffix";

const DECIMAL = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const BINARY = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const FACTORS: Readonly<Record<string, number>> = {
  m: 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
};
const MAX = (2n ** 63n - 1n) * 10n ** 9n;

export const ZERO: Quantity = { amount: 0, scale: 0, format: "DecimalSI" };

/** Numbers of JSON are read as their text. Throws {@link QuantityError}. */
export function parseQuantity(input: string | number): Quantity {
  return parseText(typeof input === "number" ? String(input) : input);
}

const parseText = remembering((text: string): Quantity => {
  const fast = FAST.exec(text);
  if (fast === null) return parseSlowly(text);
  const digits = Number(fast[1]);
  const suffix = fast[2];
  if (suffix === undefined) return { amount: digits, scale: 0, format: "DecimalSI" };
  const format = suffix.length === 2 ? "BinarySI" : "DecimalSI";
  return normal(digits * FACTORS[suffix]!, suffix === "m" ? -3 : 0, format);
});

function parseSlowly(text: string): Quantity {
  const match = FORM.exec(text);
  if (match === null) throw new QuantityError(WRONG_FORM);
  const [, sign, whole = "", fraction = "", suffix = ""] = match;
  if (text === "") throw new QuantityError(WRONG_FORM);
  const { base, exponent, format } = readSuffix(suffix);
  // Without digits it is nothing, as upstream has it where it need not count exactly.
  const exact = base === 2 ? exponent >= 50 : exponent < -9;
  if (whole === "" && fraction === "" && exact) throw new QuantityError("unable to parse numeric part of quantity");
  let nanos = BigInt(whole + fraction);
  let scale = 9 - fraction.length;
  if (base === 2) nanos <<= BigInt(exponent);
  else scale += exponent;
  // Beyond these nothing but the cap or the rounding is left to see.
  scale = Math.max(Math.min(scale, 64), -1024 - whole.length);
  nanos = scale >= 0 ? nanos * 10n ** BigInt(scale) : roundUp(nanos, 10n ** BigInt(-scale));
  if (nanos > MAX) nanos = MAX;
  const small = format === "BinarySI" && nanos > 0n && nanos < 10n ** 9n;
  return fromNanos(sign === "-" ? -nanos : nanos, small ? "DecimalSI" : format);
}

function readSuffix(suffix: string): { base: 2 | 10; exponent: number; format: QuantityFormat } {
  const decimal = DECIMAL.indexOf(suffix);
  if (decimal >= 0) return { base: 10, exponent: decimal * 3 - 9, format: "DecimalSI" };
  const binary = BINARY.indexOf(suffix);
  if (binary > 0) return { base: 2, exponent: binary * 10, format: "BinarySI" };
  if (!/^[eE][-+]?[0-9]+$/.test(suffix)) throw new QuantityError(WRONG_SUFFIX);
  const exponent = Number(suffix.slice(1));
  if (!(Math.abs(exponent) < 2 ** 31)) throw new QuantityError(WRONG_SUFFIX);
  return { base: 10, exponent, format: "DecimalExponent" };
}

/** Division away from zero: whoever wants some of a resource gets some. */
function roundUp(value: bigint, divisor: bigint): bigint {
  const result = value / divisor;
  if (result * divisor === value) return result;
  return value > 0n ? result + 1n : result - 1n;
}

function fromNanos(nanos: bigint, format: QuantityFormat): Quantity {
  if (nanos % 1_000_000_000n === 0n) return normal(nanos / 1_000_000_000n, 0, format);
  if (nanos % 1_000_000n === 0n) return normal(nanos / 1_000_000n, -3, format);
  return normal(nanos, -9, format);
}

/** A number where it is exact. */
function normal(amount: number | bigint, scale: 0 | -3 | -9, format: QuantityFormat): Quantity {
  if (typeof amount === "bigint") {
    const small = amount >= BigInt(Number.MIN_SAFE_INTEGER) && amount <= BigInt(Number.MAX_SAFE_INTEGER);
    return { amount: small ? Number(amount) : amount, scale, format };
  }
  return { amount, scale, format };
}

function nanosOf({ amount, scale }: Quantity): bigint {
  return BigInt(amount) * (scale === 0 ? 1_000_000_000n : scale === -3 ? 1_000_000n : 1n);
}

export type QuantityLike = string | number | Quantity;

function quantityOf(value: QuantityLike): Quantity {
  return typeof value === "object" ? value : parseQuantity(value);
}

/** Negative, zero or positive, as sort functions want it. */
export function compareQuantity(left: QuantityLike, right: QuantityLike): number {
  const a = quantityOf(left);
  const b = quantityOf(right);
  if (a.scale === b.scale) return a.amount < b.amount ? -1 : a.amount > b.amount ? 1 : 0;
  const x = nanosOf(a);
  const y = nanosOf(b);
  return x < y ? -1 : x > y ? 1 : 0;
}

/** The sum, in the format of the first unless that is zero. */
export function addQuantity(left: QuantityLike, right: QuantityLike): Quantity {
  const a = quantityOf(left);
  const b = quantityOf(right);
  const format = isZero(a) ? b.format : a.format;
  if (a.scale === b.scale && typeof a.amount === "number" && typeof b.amount === "number") {
    const sum = a.amount + b.amount;
    if (Number.isSafeInteger(sum)) return { amount: sum, scale: a.scale, format };
  }
  return fromNanos(nanosOf(a) + nanosOf(b), format);
}

export function subQuantity(left: QuantityLike, right: QuantityLike): Quantity {
  return addQuantity(left, negateQuantity(right));
}

export function negateQuantity(value: QuantityLike): Quantity {
  const { amount, scale, format } = quantityOf(value);
  return { amount: amount === 0 ? 0 : -amount, scale, format };
}

/** Negative, zero or positive. */
export function signOf(value: QuantityLike): number {
  const { amount } = quantityOf(value);
  return amount > 0 ? 1 : amount < 0 ? -1 : 0;
}

export function isZero({ amount }: Quantity): boolean {
  return amount === 0;
}

/** Whole units, rounded up; exact below 2^53. */
export function quantityValue(value: QuantityLike): number {
  return scaledValue(value, 0);
}

/** Thousandths, rounded up. */
export function milliValue(value: QuantityLike): number {
  return scaledValue(value, -3);
}

function scaledValue(value: QuantityLike, to: 0 | -3): number {
  const quantity = quantityOf(value);
  const { amount, scale } = quantity;
  if (typeof amount === "number") {
    if (scale === to) return amount;
    if (scale === 0 && Number.isSafeInteger(amount * 1000)) return amount * 1000;
  }
  return Number(roundUp(nanosOf(quantity), to === 0 ? 1_000_000_000n : 1_000_000n));
}

/** Rounded up (away from zero) to thousandths, as resource lists are when they are defaulted. */
export function roundToMilli(quantity: Quantity): Quantity {
  if (quantity.scale !== -9) return quantity;
  return fromNanos(roundUp(nanosOf(quantity), 1_000_000n) * 1_000_000n, quantity.format);
}

/** Whether it counts whole units only. */
export function isInteger(value: QuantityLike): boolean {
  const { amount, scale } = quantityOf(value);
  return scale === 0 || BigInt(amount) % 10n ** BigInt(-scale) === 0n;
}

/** The canonical text: no fraction, the largest suffix that keeps all digits. `0.5` is `500m`, `1024Mi` is `1Gi`. */
export function formatQuantity(quantity: Quantity): string {
  if (isZero(quantity)) return "0";
  const { format, scale } = quantity;
  const small = quantity.amount > -1024 && quantity.amount < 1024;
  if (format === "BinarySI" && scale === 0 && !small) return formatBinary(quantity.amount);
  return formatDecimal(quantity, format === "DecimalExponent");
}

function formatBinary(amount: number | bigint): string {
  let rest = BigInt(amount);
  let step = 0;
  while (rest % 1024n === 0n && step < BINARY.length - 1) {
    rest /= 1024n;
    step++;
  }
  return rest.toString() + BINARY[step]!;
}

function formatDecimal({ amount, scale }: Quantity, exponentForm: boolean): string {
  let rest = amount.toString();
  let exponent: number = scale;
  while (rest.endsWith("000") && exponent < 18) {
    rest = rest.slice(0, -3);
    exponent += 3;
  }
  if (exponentForm) return exponent === 0 ? rest : `${rest}e${exponent}`;
  return rest + DECIMAL[exponent / 3 + 3]!;
}

/** The canonical form of a text or number. Throws {@link QuantityError}. */
export function canonicalQuantity(input: string | number): string {
  return canonical(String(input));
}

const canonical = remembering((text: string) => formatQuantity(parseQuantity(text)));

/** As {@link canonicalQuantity}, and rounded up to thousandths: how the values of resource lists are stored. */
export function canonicalResource(input: string | number): string {
  return canonicalAmount(String(input));
}

const canonicalAmount = remembering((text: string) => formatQuantity(roundToMilli(parseQuantity(text))));
