/** What all API groups share: metadata, lists, selectors, Status, options, tables, discovery documents. */
export * from "./condition.ts";
export * from "./discovery.ts";
export * from "./label-selector.ts";
export * from "./list-meta.ts";
export * from "./object-meta.ts";
export * from "./options.ts";
export * from "./partial-object-metadata.ts";
export * from "./status.ts";
export * from "./table.ts";
export * from "./type-meta.ts";
export * from "./watch-event.ts";
