/** All paths that are no resources, a file for each family. */
import type { Parts } from "../parts.ts";

export function installPaths(_parts: Parts): void {}
