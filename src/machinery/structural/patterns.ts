/** Patterns of schemas and rules: RE2, as upstream's, so that no pattern takes more than linear time. */
import { RE2JS } from "re2js";

/** A pattern read once: does any part of the text match? */
export interface Pattern {
  test(text: string): boolean;
  readonly compiled: RE2JS;
}

const patterns = new Map<string, Pattern | Error>();
const MOST_PATTERNS = 2000;

/** Throws RE2's own error where the pattern is none. */
export function patternOf(text: string): Pattern {
  let found = patterns.get(text);
  if (found === undefined) {
    if (patterns.size >= MOST_PATTERNS) patterns.clear();
    found = read(text);
    patterns.set(text, found);
  }
  if (found instanceof Error) throw found;
  return found;
}

function read(text: string): Pattern | Error {
  try {
    const compiled = RE2JS.compile(text);
    return { compiled, test: (value) => compiled.matcher(value).find() };
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
