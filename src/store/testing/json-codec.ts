import type { Codec } from "../entry.ts";

/** Whole objects as JSON; for tests and measurements of the store alone. */
export const jsonCodec: Codec = {
  name: "json",
  encode: (object) => new TextEncoder().encode(JSON.stringify(object)),
  decode: (bytes) => JSON.parse(new TextDecoder().decode(bytes)) as object,
};
