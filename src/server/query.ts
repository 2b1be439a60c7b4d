/**
 * The query string of a request, read as Go's url.ParseQuery reads it: a pair that cannot be unescaped is dropped, names
 * are case-sensitive, a name may have several values.
 */
export class Query {
  private readonly values = new Map<string, string[]>();

  constructor(text: string) {
    if (text === "") return;
    for (const pair of text.split("&")) {
      if (pair === "" || pair.includes(";")) continue;
      const at = pair.indexOf("=");
      const name = unescape(at < 0 ? pair : pair.slice(0, at));
      const value = at < 0 ? "" : unescape(pair.slice(at + 1));
      if (name === undefined || value === undefined) continue;
      const known = this.values.get(name);
      if (known) known.push(value);
      else this.values.set(name, [value]);
    }
  }

  /** The first value; empty where there is none. */
  get(name: string): string {
    return this.values.get(name)?.[0] ?? "";
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  all(name: string): readonly string[] {
    return this.values.get(name) ?? [];
  }

  names(): Iterable<string> {
    return this.values.keys();
  }
}

function unescape(text: string): string | undefined {
  if (!text.includes("%") && !text.includes("+")) return text;
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

/** A flag of a query as upstream converts it: absent, `0` and `false` in any case are false, all else is true. */
export function flag(query: Query, name: string): boolean {
  if (!query.has(name)) return false;
  const value = query.get(name);
  return value !== "0" && value.toLowerCase() !== "false";
}
