/** Carries out a plan: the writes in order, side by side where they may, then the status. */
import { StatusError, isReason } from "../../machinery/errors.ts";
import type { Client } from "../../client/client.ts";
import type { EventRecorder } from "../../client/event-recorder.ts";
import type { Kind, KubeObject } from "../../machinery/kind.ts";
import { equivalent } from "./equivalent.ts";
import type { Failure, Plan, Told, Write } from "./plan.ts";

export interface Stage {
  /** The object the plan is about; replaced by what our own writes make of it. */
  object: KubeObject;
  readonly kind: Kind;
  readonly client: Client;
  readonly events: EventRecorder;
  /** Asked of a status that says something new: whether it is left for a later round. */
  readonly mayWait?: (status: object) => boolean;
}

/** Throws the first failure after everything else is done, so that the round is tried again. */
export async function carryOut(plan: Plan, stage: Stage): Promise<void> {
  for (const told of plan.events ?? []) tell(stage, told);
  const failures: Failure[] = [];
  for (const group of groupsOf(plan.writes)) {
    if (failures.length > 0 && group[0]!.onlyIfAllWent === true) continue;
    failures.push(...(await writeAll(group, stage)));
  }
  if (plan.status !== undefined) {
    const status = typeof plan.status === "function" ? plan.status(failures) : plan.status;
    await writeStatus(status, stage);
  }
  if (failures.length > 0) throw failures[0]!.error;
}

/** Neighbours with the same verb, kind and condition. */
function groupsOf(writes: readonly Write[]): Write[][] {
  const groups: Write[][] = [];
  for (const write of writes) {
    const last = groups.at(-1);
    const first = last?.[0];
    const alike =
      first?.verb === write.verb && first.kind === write.kind && first.onlyIfAllWent === write.onlyIfAllWent;
    if (alike) last!.push(write);
    else groups.push([write]);
  }
  return groups;
}

async function writeAll(group: readonly Write[], stage: Stage): Promise<Failure[]> {
  if (group.some((write) => write.verb === "patch" && write.onlyIfOwnerLives)) {
    const dead = await ownerIsDead(stage);
    if (dead !== undefined) return [{ write: group[0]!, error: dead }];
  }
  let size = group[0]!.verb === "create" ? 1 : group.length;
  for (let at = 0; at < group.length; at += size, size *= 2) {
    const failures = await writeBatch(group.slice(at, at + size), stage);
    if (failures.length > 0) return failures;
  }
  return [];
}

async function writeBatch(batch: readonly Write[], stage: Stage): Promise<Failure[]> {
  const results = await Promise.all(batch.map((write) => writeOne(write, stage)));
  return results.filter((result) => result !== undefined);
}

async function writeOne(write: Write, stage: Stage): Promise<Failure | undefined> {
  try {
    const object = await send(write, stage.client);
    if (object !== undefined && object.metadata.uid === stage.object.metadata.uid) stage.object = object;
    if (write.done !== undefined) tell(stage, write.done(object));
    return undefined;
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    if (isHarmless(write, error)) return undefined;
    for (const told of [write.failed?.(error) ?? []].flat()) tell(stage, told);
    return { write, error };
  }
}

async function send(write: Write, client: Client): Promise<KubeObject | undefined> {
  const { kind } = write;
  if (write.verb === "create") return client.create(kind, write.object as never);
  const { name, namespace, uid } = write.object.metadata;
  if (write.verb === "delete") {
    await client.delete(kind, name, namespace, { preconditions: { uid }, ...write.options });
    return undefined;
  }
  const options = write.subresource === undefined ? undefined : { subresource: write.subresource };
  if (write.verb === "patch") return client.patch(kind, name, namespace, write.patch, options);
  return client.update(kind, write.object, options);
}

/** What somebody else did before us, or what a namespace that is going away no longer takes. */
function isHarmless(write: Write, error: Error): boolean {
  if (isReason(error, "NotFound")) return write.verb === "delete" || write.verb === "patch";
  if (write.verb === "create")
    return isTerminating(error) || (write.mayExist === true && isReason(error, "AlreadyExists"));
  return write.verb === "delete" && isReason(error, "Conflict");
}

export function isTerminating(error: unknown): boolean {
  if (!(error instanceof StatusError)) return false;
  return error.status.details?.causes?.some(({ reason }) => reason === "NamespaceTerminating") === true;
}

async function ownerIsDead({ client, kind, object }: Stage): Promise<Error | undefined> {
  const { name, namespace, uid } = object.metadata;
  const live = await client.get(kind, name, namespace);
  if (live.metadata.uid !== uid) {
    return new Error(`original ${kind.kind} ${namespace}/${name} is gone: got uid ${live.metadata.uid}, wanted ${uid}`);
  }
  if (live.metadata.deletionTimestamp === undefined) return undefined;
  return new Error(`${namespace}/${name} has just been deleted at ${live.metadata.deletionTimestamp}`);
}

async function writeStatus(status: object, { object, kind, client, mayWait }: Stage): Promise<void> {
  if (equivalent((object as { status?: object }).status, status) || mayWait?.(status) === true) return;
  await client.update(kind, { ...object, status } as KubeObject, { subresource: "status" });
}

function tell({ events, object }: Stage, { type, reason, message, about = object }: Told): void {
  events.event(about, type, reason, message);
}
