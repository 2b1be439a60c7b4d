/** What plain words mean in YAML 1.1 as Go-YAML reads it. */
import { exactInteger } from "./exact-json.ts";

export const BOOLEANS = new Map<string, boolean>();
for (const word of ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"]) BOOLEANS.set(word, true);
for (const word of ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"]) {
  BOOLEANS.set(word, false);
}

/** Go's ParseInt with base 0: `0x1f`, `0b1`, `0o17`, `017`, `1_000`. */
export function integerOf(source: string): number | bigint | undefined {
  const match = /^([+-]?)(0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|0[0-7_]+|[1-9][0-9_]*|0)$/.exec(source);
  if (match === null) return undefined;
  const digits = match[2]!.replaceAll("_", "").replace(/^0(?=[0-7])/, "0o");
  const size = Number(digits);
  if (Number.isNaN(size)) return undefined;
  const sign = match[1] === "-" && size !== 0 ? "-" : "";
  const value = sign === "" ? size : -size;
  return size > 2 ** 63 || Number.isSafeInteger(size) ? value : exactInteger(value, `${sign}${BigInt(digits)}`);
}

export function floatOf(source: string): number | undefined {
  const plain = source.replaceAll("_", "");
  return /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(plain) ? Number(plain) : undefined;
}

/** What a plain word is in YAML 1.1 when it is not a string. */
export function resolvesToOther(text: string): boolean {
  if (["", "~", "null", "Null", "NULL", "<<"].includes(text) || BOOLEANS.has(text)) return true;
  return (
    integerOf(text) !== undefined ||
    floatOf(text) !== undefined ||
    /^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$/.test(text)
  );
}
