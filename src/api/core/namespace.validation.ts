/** Rules on Namespaces. */
import type { FieldError } from "../../machinery/field-errors.ts";
import { invalid, path } from "../../machinery/field-errors.ts";
import type { ObjectMeta, StrategyContext } from "../../machinery/kind.ts";
import { isQualifiedName } from "../../machinery/names.ts";
import type { Errors } from "../rules.ts";
import { add } from "../rules.ts";

interface NamespaceParts {
  readonly metadata: Pick<ObjectMeta, "deletionTimestamp">;
  readonly spec: { readonly finalizers?: readonly string[] };
  readonly status: { readonly phase: string };
}

const FINALIZERS = path("spec", "finalizers");
const STANDARD: ReadonlySet<string> = new Set(["kubernetes", "orphan", "foregroundDeletion"]);

/** Of a new one it is not said which finalizer is meant. */
export function validateNamespace({ spec }: NamespaceParts, { subresource }: StrategyContext): FieldError[] {
  const errors: Errors = [];
  spec.finalizers?.forEach((name, index) => {
    const at = subresource === "finalize" ? FINALIZERS.index(index) : FINALIZERS;
    add(errors, at, name, isQualifiedName(name));
    if (!name.includes("/") && !STANDARD.has(name)) {
      const text = "name is neither a standard finalizer name nor is it fully qualified";
      errors.push(invalid(at, name, text));
    }
  });
  return errors;
}

/** The phase follows from whether a deletion has begun. */
export function validateNamespaceUpdate(
  { metadata, status }: NamespaceParts,
  _: NamespaceParts,
  { subresource }: StrategyContext,
): FieldError[] {
  if (subresource !== "status") return [];
  const leaving = metadata.deletionTimestamp !== undefined;
  const phase = leaving ? "Terminating" : "Active";
  if (status.phase === phase) return [];
  const text = `may only be '${phase}' if \`deletionTimestamp\` is ${leaving ? "not " : ""}empty`;
  return [invalid("status.Phase", status.phase, text)];
}
