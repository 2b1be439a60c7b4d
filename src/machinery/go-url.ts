/** Why Go's net/url would not parse a URL, in its words. */
import { quote } from "./go-text.ts";

/** Undefined for what it parses, which is nearly everything. */
export function urlProblem(text: string): string | undefined {
  const [whole = "", fragment = ""] = cut(text, "#");
  const why = problemOf(whole);
  if (why !== undefined) return `parse ${quote(whole)}: ${why}`;
  const escape = badEscape(fragment);
  return escape === undefined ? undefined : `parse ${quote(text)}: ${escape}`;
}

/** The same of what a request may ask for, an absolute URL or a path: there a fragment has no meaning. */
export function requestUrlProblem(text: string): string | undefined {
  const why = problemOf(text, true);
  return why === undefined ? undefined : `parse ${quote(text)}: ${why}`;
}

function problemOf(text: string, request = false): string | undefined {
  if (/[^ -~\u0080-\uffff]/.test(text)) return "net/url: invalid control character in URL";
  if (request && text === "") return "empty url";
  if (text.startsWith(":")) return "missing protocol scheme";
  if (text === "*") return undefined;
  const scheme = /^[a-zA-Z][a-zA-Z0-9+.-]*:/.exec(text)?.[0] ?? "";
  const [rest = ""] = cut(text.slice(scheme.length), "?");
  if (!rest.startsWith("/")) {
    if (request) return scheme === "" ? "invalid URI for request" : undefined;
    const colon = scheme === "" && rest.split("/", 1)[0]!.includes(":");
    return colon ? "first path segment in URL cannot contain colon" : undefined;
  }
  const path = scheme === "" && (request || rest.startsWith("///"));
  if (!rest.startsWith("//") || path) return badEscape(rest);
  const end = rest.indexOf("/", 2);
  return authorityProblem(rest.slice(2, end < 0 ? undefined : end)) ?? badEscape(end < 0 ? "" : rest.slice(end));
}

function authorityProblem(authority: string): string | undefined {
  const at = authority.lastIndexOf("@");
  const why = hostProblem(authority.slice(at + 1));
  if (why !== undefined || at < 0) return why;
  const user = authority.slice(0, at);
  return /^[\w\-.:~!$&'()*+,;=%@]*$/.test(user) ? badEscape(user) : "net/url: invalid userinfo";
}

function hostProblem(host: string): string | undefined {
  const bracketed = host.startsWith("[");
  const end = host.lastIndexOf(bracketed ? "]" : ":");
  if (bracketed && end < 0) return "missing ']' in host";
  const port = end < 0 ? "" : host.slice(bracketed ? end + 1 : end);
  if (!/^(:[0-9]*)?$/.test(port)) return `invalid port ${quote(port)} after host`;
  const escape = badEscape(host) ?? /%(?!25)[0-7][0-9a-fA-F]/.exec(host)?.[0];
  if (escape !== undefined) return escape.startsWith("%") ? `invalid URL escape ${quote(escape)}` : escape;
  const odd = /[^\w\-.~!$&'()*+,;=:[\]<>"%\u0080-\uffff]/.exec(host)?.[0];
  return odd === undefined ? undefined : `invalid character ${quote(odd)} in host name`;
}

function badEscape(text: string): string | undefined {
  const at = /%(?![0-9a-fA-F]{2})/.exec(text)?.index;
  return at === undefined ? undefined : `invalid URL escape ${quote(text.slice(at, at + 3))}`;
}

/** What is before the first `by`, and what is behind it. */
function cut(text: string, by: string): readonly string[] {
  const at = text.indexOf(by);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
