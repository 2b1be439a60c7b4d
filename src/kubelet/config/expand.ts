/**
 * `$(NAME)` in commands, arguments and variables. `$$` is a dollar sign, so `$$(NAME)` stays `$(NAME)`; a name
 * nobody knows stays as it is written.
 */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  if (!text.includes("$")) return text;
  let result = "";
  for (let at = 0; at < text.length;) {
    const dollar = text.indexOf("$", at);
    if (dollar < 0 || dollar + 1 >= text.length) return result + text.slice(at);
    result += text.slice(at, dollar);
    const after = text[dollar + 1];
    if (after === "$") {
      result += "$";
      at = dollar + 2;
    } else if (after === "(") {
      const close = text.indexOf(")", dollar + 2);
      if (close < 0) {
        result += "$(";
        at = dollar + 2;
      } else {
        const name = text.slice(dollar + 2, close);
        result += lookup(name) ?? `$(${name})`;
        at = close + 1;
      }
    } else {
      result += "$" + after;
      at = dollar + 2;
    }
  }
  return result;
}
