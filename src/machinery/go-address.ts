/** Why Go's net/netip would not parse an address or a network, in its words. */
import { quote } from "./go-text.ts";

/** Undefined for what it parses: also for addresses with a zone. */
export function addressProblem(text: string): string | undefined {
  const [, sign] = /^[^.:%]*([.:%])/.exec(text) ?? [];
  const why =
    sign === "." ? fourProblem(text) : sign === ":" ? sixProblem(text) : sign === "%" ? MISSING : "unable to parse IP";
  return why === undefined ? undefined : `ParseAddr(${quote(text)}): ${why}`;
}

const MISSING = "missing IPv6 address";

/** Undefined for what it parses. */
export function prefixProblem(text: string): string | undefined {
  const why = prefixWhy(text);
  return why === undefined ? undefined : `netip.ParsePrefix(${quote(text)}): ${why}`;
}

function prefixWhy(text: string): string | undefined {
  const slash = text.lastIndexOf("/");
  if (slash < 0) return "no '/'";
  const [address, bits] = [text.slice(0, slash), text.slice(slash + 1)];
  const problem = addressProblem(address);
  if (problem !== undefined) return problem;
  if (address.includes("%")) return "IPv6 zones cannot be present in a prefix";
  if (!/^([1-9]\d*|\d)$/.test(bits)) return `bad bits after slash: ${quote(bits)}`;
  return Number(bits) > (address.includes(":") ? 128 : 32) ? "prefix length out of range" : undefined;
}

const at = (why: string, rest: string): string => `${why} (at ${quote(rest)})`;

function fourProblem(text: string): string | undefined {
  let dots = 0;
  let digits = "";
  for (let index = 0; index < text.length; index++) {
    const char = text[index]!;
    if (char === ".") {
      const empty = digits === "" || index === text.length - 1;
      if (empty) return at("IPv4 field must have at least one digit", text.slice(index));
      if (dots++ === 3) return "IPv4 address too long";
      digits = "";
    } else if (/\d/.test(char)) {
      if (digits === "0") return "IPv4 field has octet with leading zero";
      digits += char;
      if (Number(digits) > 255) return "IPv4 field has value >255";
    } else return at("unexpected character", text.slice(index));
  }
  return dots < 3 ? "IPv4 address too short" : undefined;
}

/** Fields that an address has room for. */
const FIELDS = 8;

function sixProblem(text: string): string | undefined {
  const [whole = "", zone] = cutZone(text);
  if (zone === "") return "zone must be a non-empty string";
  let gap = whole.startsWith("::");
  let rest = gap ? whole.slice(2) : whole;
  if (rest === "") return undefined;
  let fields = 0;
  while (fields < FIELDS) {
    const [field = ""] = /^[0-9a-fA-F]*/.exec(rest)!;
    if (field.length > 4) return at("each group must have 4 or fewer digits", rest);
    if (field === "") return at("each colon-separated field must have at least one digit", rest);
    if (rest[field.length] === ".") {
      const why = embeddedProblem(rest, fields, gap);
      if (why !== undefined) return why;
      [rest, fields] = ["", fields + 2];
      break;
    }
    fields++;
    rest = rest.slice(field.length);
    if (rest === "") break;
    if (!rest.startsWith(":")) return at("unexpected character, want colon", rest);
    if (rest === ":") return at("colon must be followed by more characters", rest);
    rest = rest.slice(1);
    if (!rest.startsWith(":")) continue;
    if (gap) return at("multiple :: in address", rest);
    gap = true;
    rest = rest.slice(1);
    if (rest === "") break;
  }
  if (rest !== "") return at("trailing garbage after address", rest);
  if (fields < FIELDS) return gap ? undefined : "address string too short";
  return gap ? "the :: must expand to at least one field of zeros" : undefined;
}

/** Of four decimal numbers at the end. */
function embeddedProblem(rest: string, fields: number, gap: boolean): string | undefined {
  if (!gap && fields !== FIELDS - 2) {
    return at("embedded IPv4 address must replace the final 2 fields of the address", rest);
  }
  if (fields > FIELDS - 2) {
    return at("too many hex fields to fit an embedded IPv4 at the end of the address", rest);
  }
  return fourProblem(rest);
}

function cutZone(text: string): readonly string[] {
  const sign = text.indexOf("%");
  return sign < 0 ? [text] : [text.slice(0, sign), text.slice(sign + 1)];
}
