/**
 * Headers may have any text, such as a policy's message in a warning, and carry it as UTF-8. Node takes a header's characters for its
 * bytes, and refuses to send what is more than a byte.
 */
const PLAIN = /^\p{ASCII}*$/u;
const isPlain = (value: string): boolean => PLAIN.test(value);

export function textToHeader(text: string): string {
  return isPlain(text) ? text : Buffer.from(text).toString("latin1");
}

export function headerToText(value: string): string {
  return isPlain(value) ? value : Buffer.from(value, "latin1").toString();
}

/** All of a request's, which are hardly ever anything else than ASCII. */
export function headersToText(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  let all: Record<string, string> | undefined;
  for (const name in headers) {
    const value = headers[name]!;
    if (typeof value === "string" && !isPlain(value)) (all ??= { ...headers })[name] = headerToText(value);
  }
  return all ?? headers;
}
