/** Semantic versions. */
import { quote } from "../../go-text.ts";
import { fn } from "../functions.ts";
import type { Library } from "../functions.ts";
import { CelError } from "../values.ts";
import type { Opaque } from "../values.ts";
import { tried } from "./tried.ts";

class SemverValue implements Opaque {
  readonly celType = "kubernetes.Semver";
  readonly numbers: readonly bigint[];
  readonly before: string;
  constructor(numbers: readonly bigint[], before: string) {
    this.numbers = numbers;
    this.before = before;
  }
  equals(other: unknown): boolean {
    return other instanceof SemverValue && compareSemver(this, other) === 0;
  }
}

function semver(text: string, lenient = false): SemverValue {
  const version = lenient ? normalized(text) : text;
  const refuse = (why: string): never => {
    throw new CelError(why);
  };
  if (version === "") refuse("Version string empty");
  const [major, minor, tail] = /^([^.]*)\.([^.]*)\.(.*)$/s.exec(version)?.slice(1) ?? [];
  if (tail === undefined) return refuse("No Major.Minor.Patch elements found");
  const [, patch = "", pre, build] = /^([^-+]*)(?:-([^+]*))?(?:\+(.*))?$/s.exec(tail)!;
  const parts = [major!, minor!, patch].map((part, index) => numberOf(part, ["major", "minor", "patch"][index]!));
  for (const part of pre?.split(".") ?? []) {
    if (part === "") refuse("Prerelease is empty");
    if (!WORD.test(part)) refuse(`Invalid character(s) found in prerelease ${quote(part)}`);
    if (/^0\d+$/.test(part)) refuse(`Numeric PreRelease version must not contain leading zeroes ${quote(part)}`);
  }
  for (const part of build?.split(".") ?? []) {
    if (part === "") refuse("Build meta data is empty");
    if (!WORD.test(part)) refuse(`Invalid character(s) found in build meta data ${quote(part)}`);
  }
  return new SemverValue(parts, pre ?? "");
}

const WORD = /^[0-9A-Za-z-]*$/;

function numberOf(text: string, what: string): bigint {
  const title = what[0]!.toUpperCase() + what.slice(1);
  const parsing = `strconv.ParseUint: parsing ${quote(text)}`;
  if (!/^\d*$/.test(text)) throw new CelError(`Invalid character(s) found in ${what} number ${quote(text)}`);
  if (/^0\d/.test(text)) throw new CelError(`${title} number must not contain leading zeroes ${quote(text)}`);
  if (text === "") throw new CelError(`${parsing}: invalid syntax`);
  const value = BigInt(text);
  if (value >= 2n ** 64n) throw new CelError(`${parsing}: value out of range`);
  return value;
}

/** `v1.2` as `1.2.0`; leading zeros are dropped. */
function normalized(text: string): string {
  const [major = "", minor, ...rest] = text.replace(/^v/, "").split(".");
  const given = minor === undefined ? [major] : rest.length === 0 ? [major, minor] : [major, minor, rest.join(".")];
  const parts = given.map((part) => part.replace(/^0+(?=\d)/, ""));
  if (parts.length < 3 && /[-+]/.test(parts.at(-1)!)) {
    throw new CelError("short version cannot contain PreRelease/Build meta data");
  }
  while (parts.length < 3) parts.push("0");
  return parts.join(".");
}

function compareSemver(a: SemverValue, b: SemverValue): number {
  for (const index of [0, 1, 2]) {
    const [left, right] = [a.numbers[index]!, b.numbers[index]!];
    if (left !== right) return left < right ? -1 : 1;
  }
  if (a.before === b.before) return 0;
  if (a.before === "") return 1;
  return b.before === "" ? -1 : comparePreReleases(a.before.split("."), b.before.split("."));
}

function comparePreReleases(a: readonly string[], b: readonly string[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const [left, right] = [a[index]!, b[index]!];
    if (left === right) continue;
    const [x, y] = [/^\d+$/.test(left), /^\d+$/.test(right)];
    if (x && y) return BigInt(left) < BigInt(right) ? -1 : 1;
    if (x !== y) return x ? -1 : 1;
    return left < right ? -1 : 1;
  }
  return a.length - b.length;
}

export const semvers: Library = [
  fn("semver(string): kubernetes.Semver", (text: string) => semver(text)),
  fn("semver(string, bool): kubernetes.Semver", semver),
  fn("isSemver(string): bool", (text: string) => tried(() => semver(text)) !== undefined),
  fn(
    "isSemver(string, bool): bool",
    (text: string, lenient: boolean) => tried(() => semver(text, lenient)) !== undefined,
  ),
  fn(
    "kubernetes.Semver.isGreaterThan(kubernetes.Semver): bool",
    (a: SemverValue, b: SemverValue) => compareSemver(a, b) > 0,
  ),
  fn(
    "kubernetes.Semver.isLessThan(kubernetes.Semver): bool",
    (a: SemverValue, b: SemverValue) => compareSemver(a, b) < 0,
  ),
  fn("kubernetes.Semver.compareTo(kubernetes.Semver): int", (a: SemverValue, b: SemverValue) =>
    BigInt(Math.sign(compareSemver(a, b))),
  ),
  ...["major", "minor", "patch"].map((name, index) =>
    fn(`kubernetes.Semver.${name}(): int`, ({ numbers }: SemverValue) => numbers[index]!),
  ),
];
