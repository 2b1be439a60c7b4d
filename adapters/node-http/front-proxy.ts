/**
 * How a front proxy says for whom it asks: the headers by which extension API servers know the user, once the proxy's
 * certificate has shown that it may say so.
 */
import type { UserInfo } from "../../src/machinery/door.ts";
import { textToHeader } from "./header-text.ts";

export function remoteUserHeaders(user: UserInfo | undefined): Record<string, string | string[]> {
  if (user === undefined) return {};
  const headers: Record<string, string | string[]> = { "x-remote-user": textToHeader(user.username) };
  if (user.uid) headers["x-remote-uid"] = textToHeader(user.uid);
  if (user.groups.length > 0) headers["x-remote-group"] = user.groups.map(textToHeader);
  for (const [name, values] of Object.entries(user.extra ?? {})) {
    headers[`x-remote-extra-${headerName(name)}`] = values.map(textToHeader);
  }
  return headers;
}

/** What may not stand in a header's name is percent-encoded, such as the slash of `example.com/scopes`. */
function headerName(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9!#$&'*+\-.^_`|~]/gu, (letter) =>
      [...Buffer.from(letter)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
    );
}
