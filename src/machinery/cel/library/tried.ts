/** The answer of `parse`, or none where it fails. */
export function tried<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
