/** Upstream's words for an object that says it is something else than what it is to be. */
import { quote } from "../machinery/go-text.ts";
import type { Kind } from "../machinery/kind.ts";

/** Nobody knows what it says. `where`: such as `version "v1"`. */
export const unregistered = (name: string, where: string): string =>
  `no kind ${quote(name)} is registered for ${where} in scheme "pkg/api/legacyscheme/scheme.go:30"`;

/** It is known, and no `kind`. `from`: the last part of the version that it says. */
export function unconvertible({ group, kind }: Kind, from: string, name: string): string {
  return `converting (${from}.${name}) to (${internalName(group)}.${kind}): unknown conversion`;
}

/** How upstream's code calls the internal version of a group. */
export const internalName = (group: string): string => (group === "" ? "core" : group.split(".")[0]!);
