/** Quantities: `quantity('1Gi').isGreaterThan(quantity('500Mi'))`. */
import { addQuantity, compareQuantity, negateQuantity, parseQuantity, signOf } from "../../quantity.ts";
import type { Quantity } from "../../quantity.ts";
import { fn } from "../functions.ts";
import type { Library } from "../functions.ts";
import { CelError } from "../values.ts";
import type { Opaque } from "../values.ts";
import { tried } from "./tried.ts";

class QuantityValue implements Opaque {
  readonly celType = "kubernetes.Quantity";
  readonly quantity: Quantity;
  /**
   * The power of ten that upstream counts it in, where it holds it as an int. It is an integer for expressions only if
   * that is not negative: `1k` is one, `1.0` and `1000m` are none.
   */
  readonly scale: number | undefined;

  constructor(quantity: Quantity, scale: number | undefined) {
    this.quantity = quantity;
    this.scale = scale;
  }
  equals(other: unknown): boolean {
    return other instanceof QuantityValue && compareQuantity(this.quantity, other.quantity) === 0;
  }
}

function quantity(text: string): QuantityValue {
  try {
    return new QuantityValue(parseQuantity(text), scaleOf(text));
  } catch (error) {
    throw new CelError((error as Error).message);
  }
}

const FORM = /^[+-]?0*([0-9]*)(?:\.([0-9]*))?(.*)$/;
const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, "": 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
/** Digits that certainly fit into an int. */
const DIGITS = 18;
/** What upstream keeps at most behind the point. */
const FINEST = -9;

/** Undefined where upstream holds a quantity of this text as a decimal of any length. */
function scaleOf(text: string): number | undefined {
  const [, whole = "", fraction = "", suffix = ""] = FORM.exec(text) ?? [];
  const digits = Math.max(1, whole.length) + fraction.length;
  const power = BINARY.indexOf(suffix);
  if (power >= 0) {
    const room = 15 - digits - Math.trunc((power + 1) * 3) - 1;
    return fraction === "" && room >= 0 ? 0 : undefined;
  }
  const scale = (DECIMAL[suffix] ?? Number(suffix.slice(1))) - fraction.length;
  return digits <= DIGITS && scale >= FINEST ? scale : undefined;
}

const LARGEST = 2n ** 63n;

/** How many there are of the power of ten that it is counted in. */
const countOf = ({ amount, scale }: Quantity, power: number): bigint =>
  power > scale ? BigInt(amount) / 10n ** BigInt(power - scale) : BigInt(amount) * 10n ** BigInt(scale - power);

function intOf({ quantity: given, scale }: QuantityValue): bigint | undefined {
  if (scale === undefined || scale < 0) return undefined;
  const count = countOf(given, 0);
  return count >= -LARGEST && count < LARGEST ? count : undefined;
}

function whole(value: QuantityValue): bigint {
  const number = intOf(value);
  if (number === undefined) throw new CelError("cannot convert value to integer");
  return number;
}

const ofInt = (value: bigint): QuantityValue => new QuantityValue(parseQuantity(String(value)), 0);
const negative = ({ quantity: given, scale }: QuantityValue): QuantityValue =>
  new QuantityValue(negateQuantity(given), scale);

function added(a: QuantityValue, b: QuantityValue): QuantityValue {
  const sum = addQuantity(a.quantity, b.quantity);
  return new QuantityValue(sum, scaleOfSum(a, b, sum));
}

function scaleOfSum(a: QuantityValue, b: QuantityValue, sum: Quantity): number | undefined {
  if (a.scale === undefined || b.scale === undefined) return undefined;
  if (signOf(b.quantity) === 0) return a.scale;
  if (signOf(a.quantity) === 0) return b.scale;
  const scale = Math.min(a.scale, b.scale);
  const fits = [a.quantity, b.quantity, sum].every((each) => {
    const count = countOf(each, scale);
    return count > -LARGEST && count < LARGEST;
  });
  return fits ? scale : undefined;
}

const compared = (a: QuantityValue, b: QuantityValue): number => compareQuantity(a.quantity, b.quantity);

export const quantities: Library = [
  fn("quantity(string): kubernetes.Quantity", quantity),
  fn("isQuantity(string): bool", (text: string) => tried(() => quantity(text)) !== undefined),
  fn("kubernetes.Quantity.sign(): int", (value: QuantityValue) => BigInt(signOf(value.quantity))),
  fn("kubernetes.Quantity.isInteger(): bool", (value: QuantityValue) => intOf(value) !== undefined),
  fn("kubernetes.Quantity.asInteger(): int", whole),
  fn(
    "kubernetes.Quantity.asApproximateFloat(): double",
    ({ quantity: { amount, scale } }: QuantityValue) => Number(amount) * 10 ** scale,
  ),
  fn(
    "kubernetes.Quantity.isGreaterThan(kubernetes.Quantity): bool",
    (a: QuantityValue, b: QuantityValue) => compared(a, b) > 0,
  ),
  fn(
    "kubernetes.Quantity.isLessThan(kubernetes.Quantity): bool",
    (a: QuantityValue, b: QuantityValue) => compared(a, b) < 0,
  ),
  fn("kubernetes.Quantity.compareTo(kubernetes.Quantity): int", (a: QuantityValue, b: QuantityValue) =>
    BigInt(Math.sign(compared(a, b))),
  ),
  fn("kubernetes.Quantity.add(kubernetes.Quantity): kubernetes.Quantity", (a: QuantityValue, b: QuantityValue) =>
    added(a, b),
  ),
  fn("kubernetes.Quantity.add(int): kubernetes.Quantity", (a: QuantityValue, b: bigint) => added(a, ofInt(b))),
  fn("kubernetes.Quantity.sub(kubernetes.Quantity): kubernetes.Quantity", (a: QuantityValue, b: QuantityValue) =>
    added(a, negative(b)),
  ),
  fn("kubernetes.Quantity.sub(int): kubernetes.Quantity", (a: QuantityValue, b: bigint) =>
    added(a, negative(ofInt(b))),
  ),
];
