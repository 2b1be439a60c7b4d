/** Rules on file paths and file modes in volumes and mounts. */
import type { Path } from "../../machinery/field-errors.ts";
import { invalid, required } from "../../machinery/field-errors.ts";
import type { Errors } from "../rules.ts";

const FILE_MODE = "must be a number between 0 and 0777 (octal), both inclusive";

export function checkFileMode(errors: Errors, at: Path, name: string, mode: number | undefined): void {
  if (mode !== undefined && (mode < 0 || mode > 0o777)) errors.push(invalid(at.child(name), mode, FILE_MODE));
}

/** No step of it leads upwards. */
export function checkNoBacksteps(errors: Errors, at: Path, path: string): void {
  if (path.includes("..") && path.split("/").includes("..")) errors.push(invalid(at, path, "must not contain '..'"));
}

/** Relative, and it stays inside. */
export function checkLocalPath(errors: Errors, at: Path, path: string): void {
  if (path.startsWith("/")) errors.push(invalid(at, path, "must be a relative path"));
  checkNoBacksteps(errors, at, path);
}

/** As {@link checkLocalPath}, and no name that the kubelet uses itself. */
export function checkLocalFreePath(errors: Errors, at: Path, path: string): void {
  checkLocalPath(errors, at, path);
  if (path.startsWith("..") && !path.startsWith("../")) {
    errors.push(invalid(at, path, "must not start with '..'"));
  }
}

/** A file of a volume: where it lies and, for secrets and config maps, which key it shows. */
export function checkKeyToPath(
  errors: Errors,
  at: Path,
  { key, path, mode }: { readonly key: string; readonly path: string; readonly mode?: number },
): void {
  if (key === "") errors.push(required(at.child("key")));
  if (path === "") errors.push(required(at.child("path")));
  checkLocalFreePath(errors, at.child("path"), path);
  checkFileMode(errors, at, "mode", mode);
}
