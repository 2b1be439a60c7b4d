type Labels = Readonly<Record<string, string>>;

/** The names of labels that were added, changed or taken away. */
export function changedLabels(before: Labels = {}, next: Labels = {}): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(next)])].filter((key) => before[key] !== next[key]);
}
