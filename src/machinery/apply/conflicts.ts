/** Fields that an apply would change although others own them. */
import type { StatusCause, StatusError } from "../errors.ts";
import { applyConflict } from "../errors.ts";
import { compareText, quote } from "../go-text.ts";
import type { ManagedFieldsEntry } from "../kind.ts";
import type { FieldSet } from "./field-set.ts";
import { intersection, isEmpty, pathsOf } from "./field-set.ts";
import type { Managers } from "./managers.ts";

export interface Conflict {
  readonly entry: ManagedFieldsEntry;
  readonly fields: FieldSet;
}

/** `changedIn` says what changes in the version of a manager. Sorted by the managers' identities, as the message lists them. */
export function conflictsIn(
  managers: Managers,
  changedIn: (apiVersion: string | undefined) => FieldSet,
  applier: string,
): Conflict[] {
  const conflicts: [id: string, conflict: Conflict][] = [];
  for (const [id, { entry, set }] of managers) {
    if (id === applier) continue;
    const fields = intersection(set, changedIn(entry.apiVersion));
    if (!isEmpty(fields)) conflicts.push([id, { entry, fields }]);
  }
  return conflicts.toSorted(([a], [b]) => compareText(a, b)).map(([, conflict]) => conflict);
}

/** The 409: one cause a field, and a text that names managers and fields. */
export function conflictError(conflicts: readonly Conflict[]): StatusError {
  const causes: StatusCause[] = [];
  const lines: string[] = [];
  for (const { entry, fields } of conflicts) {
    const manager = managerText(entry);
    lines.push(`conflicts with ${manager}:`);
    for (const field of pathsOf(fields)) {
      causes.push({ reason: "FieldManagerConflict", message: `conflict with ${manager}`, field });
      lines.push(`- ${field}`);
    }
  }
  if (causes.length !== 1)
    return applyConflict(`Apply failed with ${causes.length} conflicts: ${lines.join("\n")}`, causes);
  const { message, field } = causes[0]!;
  return applyConflict(`Apply failed with 1 conflict: ${message}: ${field}`, causes);
}

/** `"scaler" with subresource "scale" using apps/v1`; appliers are named without version. */
function managerText({ manager = "", operation, apiVersion = "", subresource = "" }: ManagedFieldsEntry): string {
  const name = subresource === "" ? quote(manager) : `${quote(manager)} with subresource ${quote(subresource)}`;
  return operation === "Update" ? `${name} using ${apiVersion}` : name;
}
