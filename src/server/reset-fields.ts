/** Fields that an endpoint never changes (see isolation.ts), so that its writers do not own them either. */
import { except, fieldSet, only } from "../machinery/apply/field-set.ts";
import type { FieldSet, Reset } from "../machinery/apply/field-set.ts";
import type { Kind } from "../machinery/kind.ts";
import { STATUS_KEEPS_LABELS, STATUS_KEEPS_METADATA } from "./isolation.ts";
import type { Resource } from "./resource.ts";

const STATUS = except(fieldSet("status"));
const SPEC = except(fieldSet("spec"));
const SPEC_AND_LABELS = except(fieldSet("spec", "metadata.labels"));
const SPEC_AND_METADATA = except(fieldSet("spec", "metadata"));

/** Kinds with rules of their own: resource and subresource. */
const OWN: Readonly<Record<string, Reset>> = {
  "pods/status": except(fieldSet("spec", "metadata.deletionTimestamp", "metadata.ownerReferences")),
  "pods/ephemeralcontainers": only(fieldSet("spec.ephemeralContainers")),
  "pods/resize": only({ "f:spec": { "f:containers": resizable(), "f:initContainers": resizable() } }),
  "namespaces/finalize": STATUS,
  certificatesigningrequests: except(fieldSet("spec", "status")),
  "certificatesigningrequests/status": except(fieldSet("spec", "status.conditions")),
  "certificatesigningrequests/approval": except(fieldSet("spec", "status.certificate")),
};

function resizable(): FieldSet {
  return { "*": fieldSet("resources", "resizePolicy") };
}

export function resetFieldsOf({ kind }: Resource, subresource: string): Reset | undefined {
  const own = kind.schema.custom ? undefined : ownOf(kind, subresource);
  if (own !== undefined) return own;
  if (subresource === "") return kind.subresources["status"] === undefined ? undefined : STATUS;
  if (subresource !== "status") return undefined;
  if (kind.schema.custom || STATUS_KEEPS_METADATA.has(kind.kind)) return SPEC_AND_METADATA;
  return STATUS_KEEPS_LABELS.has(kind.kind) ? SPEC_AND_LABELS : SPEC;
}

const ownOf = ({ names }: Kind, subresource: string): Reset | undefined =>
  OWN[subresource === "" ? names.plural : `${names.plural}/${subresource}`];
