/** What answers for resources and subresources that do not go the usual way, a file for each. */
import type { Parts } from "../parts.ts";

export function installSubresources(_parts: Parts): () => void {
  return () => {};
}
