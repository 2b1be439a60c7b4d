/** The texts of ASN.1, of which each kind has characters of its own. Go names what is wrong with them in two ways. */
import { Malformed } from "./der.ts";

const PRINTABLE = /^[A-Za-z0-9'()+,\-./ :=?*&]*$/;
const ASCII = /^[\0-\x7f]*$/;
const NUMERIC = /^[0-9 ]*$/;

interface TextKind {
  readonly name: string;
  /** Throws, or says undefined, where the bytes are none. */
  decode(bytes: string): string | undefined;
}

const as =
  (form: RegExp) =>
  (bytes: string): string | undefined =>
    form.test(bytes) ? bytes : undefined;

/** By tag. */
export const TEXTS: ReadonlyMap<number, TextKind> = new Map([
  [0x0c, { name: "UTF-8 string", decode: utf8 }],
  [0x12, { name: "NumericString", decode: as(NUMERIC) }],
  [0x13, { name: "PrintableString", decode: as(PRINTABLE) }],
  // Read as Latin-1, which it nearly is.
  [0x14, { name: "T61String", decode: (bytes: string) => bytes }],
  [0x16, { name: "IA5String", decode: as(ASCII) }],
  [0x1e, { name: "BMPString", decode: bmp }],
]);

export const isAscii = (bytes: string): boolean => ASCII.test(bytes);

function utf8(bytes: string): string | undefined {
  try {
    return decodeURIComponent(bytes.replace(/[^A-Za-z0-9]/g, (char) => `%${hex(char)}`));
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

const hex = (char: string): string => char.charCodeAt(0).toString(16).padStart(2, "0");

/** Two bytes a character, and no surrogates. */
function bmp(bytes: string): string | undefined {
  if (bytes.length % 2 !== 0) return undefined;
  let text = "";
  for (let i = 0; i < bytes.length; i += 2) {
    const code = bytes.charCodeAt(i) * 256 + bytes.charCodeAt(i + 1);
    if (code >= 0xfffe || (code >= 0xfdd0 && code <= 0xfdef) || (code >= 0xd800 && code <= 0xdfff)) return undefined;
    text += String.fromCharCode(code);
  }
  return text.replace(/\0$/, "");
}

/** As Go's encoding/asn1 says it. */
export function asn1Text(tag: number, bytes: string): string | undefined {
  const kind = TEXTS.get(tag);
  if (kind === undefined) return undefined;
  const text = kind.decode(bytes);
  if (text !== undefined) return text;
  if (kind.name === "UTF-8 string") throw new Malformed("asn1: invalid UTF-8 string");
  if (kind.name === "BMPString") throw new Malformed("invalid BMPString");
  throw new Malformed(`asn1: syntax error: ${kind.name} contains invalid character`);
}
