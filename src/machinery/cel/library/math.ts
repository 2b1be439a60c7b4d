/** cel-go's math extensions. */
import { fn } from "../functions.ts";
import type { Library } from "../functions.ts";
import { CelError, Uint, compare, isList, noSuchOverload } from "../values.ts";

const NUMBERS = ["int", "uint", "double"] as const;

function extreme(name: string, sign: number): Library {
  const run = (...args: unknown[]): unknown => {
    const values = args.length === 1 && isList(args[0]) ? [...args[0]] : args;
    if (values.length === 0) throw new CelError(`math.@${name} argument must not be empty`);
    return values.reduce((best, each) => {
      const order = compare(each, best);
      if (order === undefined) throw noSuchOverload();
      return order * sign > 0 ? each : best;
    });
  };
  const counts = [1, 2, 3, 4, 5, 6];
  return counts.map((count) =>
    fn(
      `math.${name}(${Array(count)
        .fill(count === 1 ? "A" : "dyn")
        .join(", ")}): ${count === 1 ? "dyn" : "dyn"}`,
      run,
    ),
  );
}

const double = (name: string, run: (value: number) => unknown, result = "double"): Library[number] =>
  fn(`math.${name}(double): ${result}`, run);

/** Halves away from zero, as Go. */
const round = (value: number): number => Math.sign(value) * Math.round(Math.abs(value));

const BITS = 2n ** 64n;
const signed = (value: bigint): bigint => BigInt.asIntN(64, value);

function shift(value: bigint, by: bigint, left: boolean): bigint {
  if (by < 0n) throw new CelError(`math.bitShift${left ? "Left" : "Right"}() negative offset: ${by}`);
  if (by >= 64n) return 0n;
  return left ? value << by : BigInt.asUintN(64, value) >> by;
}

const bits: Library = [
  fn("math.bitAnd(int, int): int", (a: bigint, b: bigint) => signed(a & b)),
  fn("math.bitOr(int, int): int", (a: bigint, b: bigint) => signed(a | b)),
  fn("math.bitXor(int, int): int", (a: bigint, b: bigint) => signed(a ^ b)),
  fn("math.bitNot(int): int", (a: bigint) => ~a),
  fn("math.bitShiftLeft(int, int): int", (a: bigint, b: bigint) => signed(shift(a, b, true))),
  fn("math.bitShiftRight(int, int): int", (a: bigint, b: bigint) => signed(shift(a, b, false))),
  fn("math.bitAnd(uint, uint): uint", (a: Uint, b: Uint) => new Uint(a.value & b.value)),
  fn("math.bitOr(uint, uint): uint", (a: Uint, b: Uint) => new Uint(a.value | b.value)),
  fn("math.bitXor(uint, uint): uint", (a: Uint, b: Uint) => new Uint(a.value ^ b.value)),
  fn("math.bitNot(uint): uint", (a: Uint) => new Uint(BITS - 1n - a.value)),
  fn(
    "math.bitShiftLeft(uint, int): uint",
    (a: Uint, b: bigint) => new Uint(BigInt.asUintN(64, shift(a.value, b, true))),
  ),
  fn("math.bitShiftRight(uint, int): uint", (a: Uint, b: bigint) => new Uint(shift(a.value, b, false))),
];

function absolute(value: bigint | number | Uint): unknown {
  if (value instanceof Uint) return value;
  if (typeof value === "number") return Math.abs(value);
  if (value === -(2n ** 63n)) throw new CelError("integer overflow");
  return value < 0n ? -value : value;
}

function sign(value: bigint | number | Uint): unknown {
  if (value instanceof Uint) return new Uint(value.value === 0n ? 0n : 1n);
  if (typeof value === "number") return Math.sign(value);
  return value < 0n ? -1n : value > 0n ? 1n : 0n;
}

export const math: Library = [
  ...extreme("greatest", 1),
  ...extreme("least", -1),
  double("ceil", Math.ceil),
  double("floor", Math.floor),
  double("round", round),
  double("trunc", Math.trunc),
  double("isNaN", Number.isNaN, "bool"),
  double("isFinite", Number.isFinite, "bool"),
  double("isInf", (value) => Math.abs(value) === Infinity, "bool"),
  double("sqrt", Math.sqrt),
  fn("math.sqrt(int): double", (value: bigint) => Math.sqrt(Number(value))),
  fn("math.sqrt(uint): double", ({ value }: Uint) => Math.sqrt(Number(value))),
  ...NUMBERS.flatMap((type) => [fn(`math.abs(${type}): ${type}`, absolute), fn(`math.sign(${type}): ${type}`, sign)]),
  ...bits,
];
