/**
 * A pure function of a text that remembers what it answered lately.
 *
 * Two generations: what is asked for again moves to the young one, and when that is full the old one goes. So memory stays
 * bounded and whatever is in use stays. Texts longer than `longest` are worked out each time.
 */
export function remembering<Value extends {} | null>(
  make: (text: string) => Value,
  { most = 500, longest = 40 }: { readonly most?: number; readonly longest?: number } = {},
): (text: string) => Value {
  let young = new Map<string, Value>();
  let old = new Map<string, Value>();
  return (text) => {
    if (text.length > longest) return make(text);
    const known = young.get(text);
    if (known !== undefined) return known;
    const value = old.get(text) ?? make(text);
    if (young.size >= most) {
      old = young;
      young = new Map();
    }
    young.set(text, value);
    return value;
  };
}
