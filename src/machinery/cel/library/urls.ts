/** URLs: an absolute one, or a path. */
import { requestUrlProblem, urlProblem } from "../../go-url.ts";
import { fn } from "../functions.ts";
import type { Library } from "../functions.ts";
import { CelError, List, MapValue } from "../values.ts";
import type { Opaque } from "../values.ts";

class UrlValue implements Opaque {
  readonly celType = "kubernetes.URL";
  readonly text: string;
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;

  /** `parts`: scheme, host, path and query. */
  constructor(text: string, parts: readonly string[]) {
    this.text = text;
    [this.scheme, this.host, this.path, this.query] = parts as [string, string, string, string];
  }
  equals(other: unknown): boolean {
    return other instanceof UrlValue && other.text === this.text;
  }
}

const ABSOLUTE = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/(?:[^/?#]*@)?([^/?#]*))?(\/[^?#]*)?(?:\?([^#]*))?(?:#.*)?$/;

/** What has no authority before its path. */
const PATH = /^()()(\/[^?#]*)(?:\?([^#]*))?(?:#.*)?$/;

function url(text: string): UrlValue {
  const problem = requestUrlProblem(text) ?? urlProblem(text);
  if (problem !== undefined) throw new CelError(`URL parse error during conversion from string: ${problem}`);
  const [, scheme = "", host = "", path = "", query = ""] =
    (text.startsWith("///") ? PATH : ABSOLUTE).exec(text) ?? OPAQUE.exec(text) ?? [];
  return new UrlValue(text, [scheme.toLowerCase(), decoded(host), path, query]);
}

/** `scheme:rest`, where the rest is neither authority nor path. */
const OPAQUE = /^([a-zA-Z][a-zA-Z0-9+.-]*):()()[^?#]*(?:\?([^#]*))?/;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const PLAIN_PATH = /^(?:[\w\-.~!$&'()*+,;=:@[\]/]|%[0-9a-fA-F]{2})*$/;

/** As it was written where that is right, otherwise written anew. */
function escapedPath({ path }: UrlValue): string {
  if (PLAIN_PATH.test(path)) return path;
  return encodeURIComponent(decoded(path))
    .replace(/[!'()*]/g, hex)
    .replace(/%(24|26|2B|2C|2F|3A|3B|3D|40)/g, decoded);
}

const hex = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;

function queryOf({ query }: UrlValue): MapValue {
  const found = new Map<string, string[]>();
  for (const pair of query.split("&")) {
    if (pair === "" || pair.includes(";") || /%(?![0-9a-fA-F]{2})/.test(pair)) continue;
    const equals = pair.indexOf("=");
    const [key, value] = equals < 0 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
    const [name, text] = [key, value].map((part) => decoded(part.replaceAll("+", " "))) as [string, string];
    const known = found.get(name);
    if (known === undefined) found.set(name, [text]);
    else known.push(text);
  }
  return new MapValue([...found].map(([key, values]) => [key, new List(values)]));
}

const hostname = ({ host }: UrlValue): string => host.replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1");

export const urls: Library = [
  fn("url(string): kubernetes.URL", url),
  fn("isURL(string): bool", (text: string) => requestUrlProblem(text) === undefined),
  fn("kubernetes.URL.getScheme(): string", ({ scheme }: UrlValue) => scheme),
  fn("kubernetes.URL.getHost(): string", ({ host }: UrlValue) => host),
  fn("kubernetes.URL.getHostname(): string", hostname),
  fn("kubernetes.URL.getPort(): string", ({ host }: UrlValue) => /:(\d*)$/.exec(host)?.[1] ?? ""),
  fn("kubernetes.URL.getEscapedPath(): string", escapedPath),
  fn("kubernetes.URL.getQuery(): map<string, list<string>>", queryOf),
];
