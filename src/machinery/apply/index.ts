/**
 * Server-side apply and the tracking of field owners, as pure functions over plain objects and schemas.
 *
 * - {@link trackUpdate}: after create, update or a plain patch, the `managedFields` to store.
 * - {@link apply}: an apply patch, the object and the `managedFields` to store, or a 409.
 *
 * Both take built-in and custom kinds alike: all they know of one is its schema.
 */
export type { Applied, Apply } from "./apply.ts";
export { apply } from "./apply.ts";
export { compareObjects } from "./compare.ts";
export type { FieldSet } from "./field-set.ts";
export { fieldSet } from "./field-set.ts";
export { managerFromUserAgent } from "./managers.ts";
export type { Update, VersionView } from "./track-update.ts";
export { trackUpdate } from "./track-update.ts";
