/** Who a certificate is for: distinguished names (`O=system:nodes, CN=system:node:n1`) and the names beside them. */
import { quote } from "../go-text.ts";
import { urlProblem } from "../go-url.ts";
import { DerReader, Malformed, SEQUENCE } from "./der.ts";
import { isAscii } from "./strings.ts";

export interface Subject {
  readonly commonName: string;
  readonly organizations: readonly string[];
}

/** What it is, such as `2.5.4.3`, and its text; of other values than texts nothing is known. */
export type NameAttribute = readonly [type: string, text: string | undefined];

export interface AlternativeNames {
  readonly dnsNames: readonly string[];
  readonly emailAddresses: readonly string[];
  /** 4 or 16 bytes each. */
  readonly ipAddresses: readonly string[];
  readonly uris: readonly string[];
}

export const NO_NAMES: AlternativeNames = { dnsNames: [], emailAddresses: [], ipAddresses: [], uris: [] };

const COMMON_NAME = "2.5.4.3";
const ORGANIZATION = "2.5.4.10";

/** What matters of a distinguished name: of several common names the last. */
export function subjectOf(attributes: readonly NameAttribute[]): Subject {
  let commonName = "";
  const organizations: string[] = [];
  for (const [type, text] of attributes) {
    if (text === undefined) continue;
    if (type === COMMON_NAME) commonName = text;
    if (type === ORGANIZATION) organizations.push(text);
  }
  return { commonName, organizations };
}

export const SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";

/** The value of the extension. Throws {@link Malformed} in Go's words. */
export function alternativeNames(extension: string): AlternativeNames {
  const names = {
    dnsNames: [] as string[],
    emailAddresses: [] as string[],
    ipAddresses: [] as string[],
    uris: [] as string[],
  };
  const list = new DerReader(new DerReader(extension).read(SEQUENCE, "x509: invalid subject alternative names"));
  while (!list.done) {
    const { tag, content } = list.any("x509: invalid subject alternative name");
    const kind = tag ^ 0x80;
    if (kind === 1) names.emailAddresses.push(ascii(content, "rfc822Name"));
    else if (kind === 2) names.dnsNames.push(ascii(content, "dNSName"));
    else if (kind === 6) names.uris.push(uri(ascii(content, "uniformResourceIdentifier")));
    else if (kind === 7) names.ipAddresses.push(address(content));
  }
  return names;
}

function ascii(content: string, what: string): string {
  if (!isAscii(content)) throw new Malformed(`x509: SAN ${what} is malformed`);
  return content;
}

function uri(text: string): string {
  const problem = urlProblem(text);
  if (problem !== undefined) throw new Malformed(`x509: cannot parse URI ${quote(text)}: ${problem}`);
  const host = /^[^:/?#]*:\/\/(?:[^/?#]*@)?([^/?#]*)/.exec(text)?.[1] ?? "";
  if (!isDomain(host)) throw new Malformed(`x509: cannot parse URI ${quote(text)}: invalid domain`);
  return text;
}

/** Labels of visible characters with dots between, as far as Go looks. */
const isDomain = (host: string): boolean => host === "" || host.split(".").every((label) => /^[!-~]+$/.test(label));

function address(bytes: string): string {
  const isMapped = bytes.length === 16 && bytes.startsWith("\0".repeat(10) + "\xff\xff");
  if (isMapped) throw new Malformed("x509: SAN iPAddress contains IPv4-mapped IPv6 address");
  if (bytes.length === 4 || bytes.length === 16) return bytes;
  throw new Malformed(`x509: cannot parse IP address of length ${bytes.length}`);
}
