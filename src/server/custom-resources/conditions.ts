/** What a CustomResourceDefinition's status says: which names it was given, and whether its kinds are served. */
import type { ApprovalState, CustomResourceDefinition } from "../../api/index.ts";
import { approvalOf, isProtectedGroup } from "../../api/index.ts";
import { quote } from "../../machinery/go-text.ts";

type Status = CustomResourceDefinition["status"];
type Names = Status["acceptedNames"];
type Condition = NonNullable<Status["conditions"]>[number];
type Said = Pick<Condition, "type" | "status" | "reason" | "message">;

/** Names given to other definitions of the same group. */
export interface TakenNames {
  readonly resources: ReadonlySet<string>;
  readonly kinds: ReadonlySet<string>;
}

const ACCEPTED: Said = { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found" };
const ESTABLISHED: Said = {
  type: "Established",
  status: "True",
  reason: "InitialNamesAccepted",
  message: "the initial names have been accepted",
};
const NOT_ACCEPTED: Said = {
  type: "Established",
  status: "False",
  reason: "NotAccepted",
  message: "not all names are accepted",
};
export const PENDING: Said = {
  type: "Terminating",
  status: "True",
  reason: "InstanceDeletionPending",
  message: "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
};
export const IN_PROGRESS: Said = {
  type: "Terminating",
  status: "True",
  reason: "InstanceDeletionInProgress",
  message: "CustomResource deletion is in progress",
};
export const COMPLETED: Said = {
  type: "Terminating",
  status: "False",
  reason: "InstanceDeletionCompleted",
  message: "removed all instances",
};

export function conditionOf({ status }: CustomResourceDefinition, type: string): Condition | undefined {
  return status?.conditions?.find((each) => each.type === type);
}

/** The definition with one condition more, or with that one as it is now. `at` is the time of a change of status. */
export function withCondition(crd: CustomResourceDefinition, said: Said, at: string): CustomResourceDefinition {
  return { ...crd, status: { ...crd.status, conditions: merged(crd.status?.conditions ?? [], said, at) } };
}

const APPROVAL: Readonly<Record<ApprovalState, Pick<Said, "status" | "reason">>> = {
  Approved: { status: "True", reason: "ApprovedAnnotation" },
  Unapproved: { status: "False", reason: "UnapprovedAnnotation" },
  Invalid: { status: "False", reason: "InvalidAnnotation" },
  Missing: { status: "False", reason: "MissingAnnotation" },
};

/** Whether the community approved of a kind in one of its groups; nothing for all other groups. */
function approvalCondition({ metadata, spec }: CustomResourceDefinition): Said | undefined {
  if (!isProtectedGroup(spec.group)) return undefined;
  const { state, reason: message } = approvalOf(metadata.annotations);
  return { type: "KubernetesAPIApprovalPolicyConformant", ...APPROVAL[state], message };
}

/** The status that the names lead to; undefined where it is that already. */
export function nextStatus(crd: CustomResourceDefinition, taken: TakenNames, at: string): Status | undefined {
  const { names, conflict } = namesOf(crd, taken);
  const accepted = conflict ?? ACCEPTED;
  const before = crd.status?.conditions ?? [];
  const approval = approvalCondition(crd);
  let conditions = approval === undefined ? before : merged(before, approval, at);
  conditions = merged(conditions, accepted, at);
  // Once established it stays so, whatever names it asks for later.
  const established = conditionOf(crd, "Established")?.status === "True";
  if (!established) conditions = merged(conditions, conflict === undefined ? ESTABLISHED : NOT_ACCEPTED, at);
  if (conditions === before && sameNames(names, crd.status.acceptedNames)) return undefined;
  return { ...crd.status, conditions, acceptedNames: names };
}

function merged(conditions: readonly Condition[], said: Said, at: string): readonly Condition[] {
  const index = conditions.findIndex((each) => each.type === said.type);
  const before = conditions[index];
  if (before === undefined) return [...conditions, { ...said, lastTransitionTime: at }];
  const { status, reason, message } = before;
  if (status === said.status && reason === said.reason && message === said.message) return conditions;
  const lastTransitionTime = status === said.status ? before.lastTransitionTime : at;
  return conditions.with(index, { ...before, ...said, lastTransitionTime } as Condition);
}

/** Each name is given on its own, so a status tells which of them were free. The last conflict is the one told. */
function namesOf(crd: CustomResourceDefinition, taken: TakenNames): { names: Names; conflict?: Said } {
  const wanted = crd.spec.names;
  const given = crd.status?.acceptedNames ?? { plural: "", kind: "" };
  let names: Names = { ...given };
  let conflict: Said | undefined;
  const refuse = (reason: string, message: string): void => {
    conflict = { type: "NamesAccepted", status: "False", reason, message };
  };
  const give = (field: keyof Names, reason: string, used: ReadonlySet<string>): void => {
    const name = wanted[field] as string | undefined;
    if (name !== given[field] && used.has(name ?? "")) refuse(reason, inUse(name ?? ""));
    else names = { ...names, [field]: name };
  };
  give("plural", "PluralConflict", taken.resources);
  give("singular", "SingularConflict", taken.resources);
  const had = new Set(given.shortNames);
  const clashes = (wanted.shortNames ?? []).filter((name) => !had.has(name) && taken.resources.has(name)).map(inUse);
  if (clashes.length > 0) refuse("ShortNamesConflict", clashes.length === 1 ? clashes[0]! : `[${clashes.join(", ")}]`);
  else names = { ...names, shortNames: wanted.shortNames };
  give("kind", "KindConflict", taken.kinds);
  give("listKind", "ListKindConflict", taken.kinds);
  names = withoutAbsent({ ...names, categories: wanted.categories });
  return conflict === undefined ? { names } : { names, conflict };
}

const inUse = (name: string): string => `${quote(name)} is already in use`;

function withoutAbsent(names: Names): Names {
  return Object.fromEntries(Object.entries(names).filter(([, value]) => value !== undefined)) as unknown as Names;
}

/** The members come in one order from both sides. */
function sameNames(a: Names, b: Names): boolean {
  const text = ({ plural, singular, shortNames, kind, listKind, categories }: Names): string =>
    JSON.stringify([plural, singular, shortNames, kind, listKind, categories]);
  return text(a) === text(b);
}
