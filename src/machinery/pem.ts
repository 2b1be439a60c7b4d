/** A block of PEM. */
export interface PemBlock {
  readonly type: string;
  readonly hasHeaders: boolean;
  /** A character for each byte. */
  readonly bytes: string;
}

const DASHES = "-----";
const BEGIN = "-----BEGIN ";
const HEADERS = /^(?:[^:\n]*:[^\n]*\n)+/;

/**
 * The blocks in a text as Go's encoding/pem finds them, and what stands behind the last one. What only looks like a block is
 * passed over. Each block is read up to the next dashes only, so that many beginnings without an end cost no more than one.
 */
export function pemBlocks(text: string): { readonly blocks: readonly PemBlock[]; readonly rest: string } {
  const blocks: PemBlock[] = [];
  let rest = 0;
  for (let at = text.indexOf(BEGIN); at >= 0; at = text.indexOf(BEGIN, at + BEGIN.length)) {
    if (at > 0 && text[at - 1] !== "\n") continue;
    const line = lineEnd(text, at);
    const label = text.slice(at + BEGIN.length, line).trimEnd();
    const end = text.indexOf(DASHES, line);
    if (!label.endsWith(DASHES) || end < 0) continue;
    const type = label.slice(0, -DASHES.length);
    if (!text.startsWith(`-----END ${type}-----`, end)) continue;
    const content = text.slice(line + 1, end);
    const headers = HEADERS.exec(content)?.[0] ?? "";
    const bytes = bytesOf(content.slice(headers.length));
    if (bytes === undefined) continue;
    blocks.push({ type, hasHeaders: headers !== "", bytes });
    rest = lineEnd(text, end) + 1;
  }
  return { blocks, rest: text.slice(rest) };
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}

function bytesOf(base64: string): string | undefined {
  const text = base64.replaceAll(/\s/g, "");
  if (text.length % 4 !== 0) return undefined;
  try {
    return atob(text);
  } catch {
    return undefined;
  }
}
