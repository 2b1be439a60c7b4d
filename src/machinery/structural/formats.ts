/** The formats of strings that upstream's structural schemas know; all others are taken for comments. */
import { parseCIDR, parseIP } from "../ip.ts";
import { isDNS1123Label, isDNS1123Subdomain } from "../names.ts";
import { parseDuration } from "../time.ts";

const HEX = "[0-9a-fA-F]";
const uuid = (version: string, variant: string): RegExp =>
  new RegExp(`^${HEX}{8}-?${HEX}{4}-?${version}${HEX}{3}-?${variant}${HEX}{3}-?${HEX}{12}$`);
const matches =
  (pattern: RegExp) =>
  (value: string): boolean =>
    pattern.test(value);

const HOST = /^([a-zA-Z0-9_-]{1,63}\.)*[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.?$/;

const FORMATS: Readonly<Record<string, (value: string) => boolean>> = {
  bsonobjectid: matches(/^[0-9a-fA-F]{24}$/),
  uri: (value) => /^[a-zA-Z][a-zA-Z0-9+.-]*:[^\s]*$/.test(value) || value.startsWith("/"),
  email: matches(/^([^@\s<>]+|"[^"]*")@[^@\s<>]+$|^[^<>]*<[^@\s<>]+@[^@\s<>]+>$/),
  hostname: (value) => value.length <= 255 && HOST.test(value),
  ipv4: (value) => parseIP(value)?.family === 4,
  ipv6: (value) => parseIP(value)?.family === 6,
  cidr: (value) => parseCIDR(value) !== undefined,
  mac: matches(
    /^(([0-9a-fA-F]{2}([:-]))([0-9a-fA-F]{2}\3){4}([0-9a-fA-F]{2}\3[0-9a-fA-F]{2}\3)?[0-9a-fA-F]{2}|([0-9a-fA-F]{4}\.){2,3}[0-9a-fA-F]{4})$/,
  ),
  uuid: uuid(HEX, HEX).test.bind(uuid(HEX, HEX)),
  uuid3: uuid("3", HEX).test.bind(uuid("3", HEX)),
  uuid4: uuid("4", "[89abAB]").test.bind(uuid("4", "[89abAB]")),
  uuid5: uuid("5", "[89abAB]").test.bind(uuid("5", "[89abAB]")),
  isbn: (value) => isIsbn10(value) || isIsbn13(value),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  creditcard: (value) => /^[0-9 -]{13,23}$/.test(value) && luhn(value.replace(/[ -]/g, "")),
  ssn: matches(/^\d{3}[- ]?\d{2}[- ]?\d{4}$/),
  hexcolor: matches(/^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/),
  rgbcolor: matches(/^rgb\(\s*(\d{1,2}|1\d\d|2[0-4]\d|25[0-5])\s*(,\s*(\d{1,2}|1\d\d|2[0-4]\d|25[0-5])\s*){2}\)$/),
  byte: matches(/^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})?$/),
  password: () => true,
  date: (value) => /^\d{4}-\d{2}-\d{2}$/.test(value) && isDate(value),
  duration: isDuration,
  datetime: isDateTime,
  k8sshortname: (value) => isDNS1123Label(value).length === 0,
  k8slongname: (value) => isDNS1123Subdomain(value).length === 0,
};

/** Dashes do not matter. True where the format is unknown. */
export function fitsFormat(format: string, value: string): boolean {
  return FORMATS[format.replaceAll("-", "")]?.(value) ?? true;
}

const NUMBERS: Readonly<Record<string, readonly string[]>> = {
  integer: ["int32", "int64"],
  number: ["float", "double"],
};

/** Whether values of a type are looked at for a format; any other says nothing. */
export function isKnownFormat(format: string, type = ""): boolean {
  if (type === "" || type === "string") return Object.hasOwn(FORMATS, format.replaceAll("-", ""));
  return NUMBERS[type]?.includes(format) === true;
}

function isDate(value: string): boolean {
  const time = Date.parse(`${value.slice(0, 10)}T00:00:00Z`);
  const day = Number(value.slice(8, 10));
  const month = Number(value.slice(5, 7));
  if (Number.isNaN(time) || month < 1 || month > 12 || day < 1) return false;
  return day <= new Date(Date.UTC(Number(value.slice(0, 4)), month, 0)).getUTCDate();
}

const DATE_TIME =
  /^\d{4}-\d{2}-\d{2}[tT]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([zZ]|[+-]([01]\d|2[0-3]):?[0-5]\d)?$/;

function isDateTime(value: string): boolean {
  return DATE_TIME.test(value) && isDate(value);
}

const WORDY =
  /^\s*(\d+)\s*(n|u|µ|m|s|h|d|w|ns|us|ms|nanos?|micros?|millis?|minutes?|seconds?|hours?|days?|weeks?|min|sec|hr)s?\s*$/i;

function isDuration(value: string): boolean {
  try {
    parseDuration(value);
    return true;
  } catch {
    return WORDY.test(value);
  }
}

function isIsbn10(value: string): boolean {
  const digits = value.replace(/[ -]/g, "");
  if (!/^\d{9}[\dX]$/.test(digits)) return false;
  const sum = [...digits].reduce(
    (total, digit, index) => total + (10 - index) * (digit === "X" ? 10 : Number(digit)),
    0,
  );
  return sum % 11 === 0;
}

function isIsbn13(value: string): boolean {
  const digits = value.replace(/[ -]/g, "");
  if (!/^\d{13}$/.test(digits)) return false;
  return [...digits].reduce((total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3), 0) % 10 === 0;
}

function luhn(digits: string): boolean {
  const sum = [...digits].toReversed().reduce((total, digit, index) => {
    const doubled = Number(digit) * (index % 2 === 0 ? 1 : 2);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}
