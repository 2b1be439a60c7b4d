import { nearest } from "../../src/kubectl/flags.ts";
import { UserError } from "./command.ts";

/** Upstream's `--controllers`: `*` all, `foo` that one, `-foo` not that one; the first that fits decides. */
export function chosen(given: readonly string[], all: readonly string[]): string[] {
  for (const word of given) {
    const name = word.replace(/^-/, "");
    if (name === "*" || all.includes(name)) continue;
    const near = nearest(name, all);
    throw new UserError(`"${name}" is not in the list of known controllers${near ? `; did you mean ${near}?` : ""}`);
  }
  return all.filter((name) => {
    const first = given.find((word) => word === name || word === `-${name}` || word === "*");
    return first !== undefined && !first.startsWith("-");
  });
}
