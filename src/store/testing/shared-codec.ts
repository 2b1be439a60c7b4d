import type { SharedCodec } from "../shared-entry.ts";

/** Whole objects as JSON, whose revision stands in `at`; for tests and measurements of the store alone. */
export const sharedJsonCodec: SharedCodec = {
  encode: (object) => new TextEncoder().encode(JSON.stringify({ ...object, at: undefined })),
  decode: (bytes, _key, revision) => ({
    ...(JSON.parse(new TextDecoder().decode(bytes)) as object),
    at: revision,
  }),
  stamp(object, revision) {
    (object as { at: number }).at = revision;
  },
};
