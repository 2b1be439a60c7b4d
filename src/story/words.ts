/** Who did what, in words. */
import type { ToldChange, ToldField, ToldObject } from "../machinery/told-change.ts";

/** Of users as the cluster names them: `deployment-controller`, `kubelet node-1`, `kube-scheduler`, `jane (kubectl)`. */
export function whoOf({ user, userAgent }: Pick<ToldChange, "user" | "userAgent">): string {
  const program = userAgent.split(/[/ ]/)[0]!;
  if (user.startsWith("system:node:")) return `kubelet ${user.slice("system:node:".length)}`;
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user);
  if (account) return account[1] === "kube-system" ? account[2]! : `${account[1]}/${account[2]}`;
  if (user === "system:admin") return program === "" ? "admin" : `admin (${program})`;
  if (user.startsWith("system:")) return user.slice("system:".length);
  if (user === "") return program || "somebody";
  return program === "" ? user : `${user} (${program})`;
}

export const nameOf = ({ kind, name }: { readonly kind: string; readonly name: string }): string => `${kind} ${name}`;

/** Whether it says what is wanted of the object, rather than how it is. */
export function isDriving({ verb, generation, fields }: ToldObject): boolean {
  if (verb !== "update") return true;
  return generation !== undefined || fields.some(({ path }) => path === "metadata.deletionTimestamp");
}

/** A deletion that waits for its grace period or finalizers. */
export const isMarked = ({ verb, fields }: ToldObject): boolean =>
  verb === "update" && fields.some(({ path, to }) => path === "metadata.deletionTimestamp" && to !== undefined);

/** It was marked before, and now it is gone. */
const wasMarked = ({ fields }: ToldObject): boolean => fields.some(({ path }) => path === "metadata.deletionTimestamp");

/** `created Pod web`, `scaled ReplicaSet web-1 from 3 to 2`, `reported Running, Ready`. */
export function whatOf(object: ToldObject, path: string, fields: readonly ToldField[]): string {
  const name = nameOf(object);
  if (object.verb === "create") return `created ${name}`;
  if (object.verb === "delete") return wasMarked(object) ? `removed ${name}` : `deleted ${name}`;
  if (isMarked(object)) return `deleted ${name}${graceOf(fields)}`;
  if (path.endsWith("/binding")) return `chose ${valueOf(fields, "spec.nodeName") ?? "a node"}`;
  const spec = fields.filter((field) => field.path.startsWith("spec."));
  const [scaled] = spec;
  if (scaled?.path === "spec.replicas" && spec.length === 1) {
    return `scaled ${name} from ${plain(scaled.from)} to ${plain(scaled.to)}`;
  }
  if (spec.length > 0) return `changed ${name}`;
  if (fields.some((field) => field.path.startsWith("status."))) return reported(object, fields);
  if (fields.some((field) => field.path.startsWith("metadata.annotations"))) return `annotated ${name}`;
  return `updated ${name}`;
}

export const REPORTED = "reported ";
const NOTHING = "reported status";

/** A write that only says it has seen something. */
export const saysNothing = (what: string): boolean => what === NOTHING || what.startsWith("updated ");

function graceOf(fields: readonly ToldField[]): string {
  const grace = Number(valueOf(fields, "metadata.deletionGracePeriodSeconds") ?? 0);
  return grace > 0 ? ` (grace ${grace} s)` : " (waits for finalizers)";
}

/** How the object is, said by whoever looks after it. */
function reported(object: ToldObject, fields: readonly ToldField[]): string {
  const said = [...containersOf(fields), ...phaseOf(fields), ...countsOf(fields), ...conditionsOf(object, fields)];
  const unique = [...new Set(said)];
  return unique.length === 0 ? NOTHING : REPORTED + unique.join(", ");
}

function phaseOf(fields: readonly ToldField[]): string[] {
  const phase = valueOf(fields, "status.phase");
  return phase === undefined ? [] : [phase];
}

const STATE = /^status\.(?:initContainerStatuses|containerStatuses)\[(.+?)\]\.(.+)$/;

/** Why a container waits or has ended; that it runs follows from the rest. */
function containersOf(fields: readonly ToldField[]): string[] {
  return fields.flatMap(({ path, to }) => {
    const match = STATE.exec(path);
    if (match === null || to === undefined) return [];
    const [, name, what] = match;
    const reason = what === "state.waiting.reason" || what === "state.terminated.reason";
    if (reason && !DULL.has(plain(to))) return [`${name}: ${plain(to)}`];
    if (what === "restartCount" && to !== "0") return [`${name} restarted (${to}×)`];
    return [];
  });
}

const DULL = new Set(["ContainerCreating", "PodInitializing", "Completed"]);

const COUNTS: Readonly<Record<string, string>> = {
  replicas: "",
  currentNumberScheduled: "scheduled",
  updatedReplicas: "updated",
  readyReplicas: "ready",
  numberReady: "ready",
  availableReplicas: "available",
  active: "active",
  succeeded: "succeeded",
  failed: "failed",
};

function countsOf(fields: readonly ToldField[]): string[] {
  return Object.entries(COUNTS).flatMap(([name, word]) => {
    const found = fields.find(({ path }) => path === `status.${name}`);
    if (found === undefined || (found.to === undefined && found.from === undefined)) return [];
    const count = plain(found.to ?? "0");
    return [word === "" ? `${count} ${count === "1" ? "replica" : "replicas"}` : `${count} ${word}`];
  });
}

const CONDITION = /^status\.conditions\[(.+?)\]\.status$/;

/** Conditions of a pod that only say how far it is on its way to Ready. */
const ON_THE_WAY = new Set(["PodReadyToStartContainers", "Initialized", "ContainersReady"]);

function conditionsOf({ kind }: ToldObject, fields: readonly ToldField[]): string[] {
  return fields.flatMap(({ path, to }) => {
    const type = CONDITION.exec(path)?.[1];
    if (type === undefined || to === undefined || (kind === "Pod" && ON_THE_WAY.has(type))) return [];
    if (type === "PodScheduled" && plain(to) === "False") return ["no node fits"];
    if (type === "Progressing") return [];
    return plain(to) === "True" ? [type] : plain(to) === "False" ? [`not ${type}`] : [`${type} unknown`];
  });
}

/** The value a field changed to, as text. */
export function valueOf(fields: readonly ToldField[], path: string): string | undefined {
  const to = fields.find((field) => field.path === path)?.to;
  return to === undefined ? undefined : plain(to);
}

/** JSON as people read it: texts without quotes. */
export function plain(json: string | undefined): string {
  if (json === undefined) return "nothing";
  if (!json.startsWith('"')) return json;
  try {
    return JSON.parse(json) as string;
  } catch {
    // It was cut.
    return json.slice(1);
  }
}

/** `image of web: nginx:1 → nginx:2`, `replicas: 3 → 5`; what says nothing by itself is left out. */
export function fieldTexts(fields: readonly ToldField[], created: boolean): string[] {
  return fields
    .filter(
      ({ path }) => path.startsWith("spec.") || path.startsWith("data") || /^metadata\.(labels|annotations)/.test(path),
    )
    .filter(({ path }) => !created || path.startsWith("spec."))
    .map(({ path, from, to }) => {
      const label = labelOf(path);
      if (created || from === undefined) return `${label}: ${plain(to)}`;
      return `${label}: ${plain(from)} → ${plain(to)}`;
    });
}

function labelOf(path: string): string {
  const container = /(?:init)?[cC]ontainers\[(.+?)\]\.(.+)$/.exec(path);
  if (container) return `${container[2]} of ${container[1]}`;
  const annotation = /^metadata\.(label|annotation)s[.[](.+?)\]?$/.exec(path);
  if (annotation) return `${annotation[1]} ${annotation[2]}`;
  return path.replace(/^spec\.(template\.)?(spec\.)?/, "");
}
