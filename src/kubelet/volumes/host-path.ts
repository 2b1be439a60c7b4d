/** What a hostPath volume's `type` demands of the path. */
import type { FileKind } from "../host.ts";

const DEMANDS: Readonly<Record<string, { readonly kind: FileKind; readonly text: string }>> = {
  Directory: { kind: "directory", text: "is not a directory" },
  DirectoryOrCreate: { kind: "directory", text: "is not a directory" },
  File: { kind: "file", text: "is not a file" },
  FileOrCreate: { kind: "file", text: "is not a file" },
  Socket: { kind: "socket", text: "is not a socket file" },
  CharDevice: { kind: "character device", text: "is not a character device" },
  BlockDevice: { kind: "block device", text: "is not a block device" },
};

/** Undefined where `kind` is what `type` asks for; the empty type asks for nothing. */
export function hostPathProblem(path: string, type: string, kind: FileKind | undefined): string | undefined {
  const demand = DEMANDS[type];
  if (!demand || kind === demand.kind) return undefined;
  return `hostPath type check failed: ${path} ${demand.text}`;
}
