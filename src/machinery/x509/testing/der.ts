/** Writes DER for tests, a character for each byte: `sequence(integer(1))` is "\x30\x03\x02\x01\x01". */

export function der(tag: number, content: string): string {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return String.fromCharCode(tag, ...size) + content;
}

export const sequence = (...parts: readonly string[]): string => der(0x30, parts.join(""));
export const integer = (number: number): string => der(2, String.fromCharCode(number));
export const oid = (...bytes: readonly number[]): string => der(6, String.fromCharCode(...bytes));
export const bits = (bytes: string): string => der(3, `\0${bytes}`);

export const pem = (type: string, bytes: string, headers = ""): string =>
  `-----BEGIN ${type}-----\n${headers}${btoa(bytes)}\n-----END ${type}-----\n`;
