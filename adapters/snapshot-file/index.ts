/** Snapshots of clusters as files. */
export { type FileHead, FORMAT, isKeyFile } from "./format.ts";
export { type Block, type Head, readSnapshot, SnapshotDamaged } from "./read.ts";
export { SnapshotWriter } from "./write.ts";
