/**
 * DELETE of one object.
 *
 * An object goes at once unless something holds it: finalizers (its own, or `orphan` and `foregroundDeletion` that the
 * propagation policy asks for) or a grace period. Then it is only marked with a deletionTimestamp, and the update that
 * takes the last finalizer away removes it (see stages/store.ts).
 */
import { exactInteger } from "../../machinery/exact-json.ts";
import type { ApiResponse } from "../../machinery/door.ts";
import { conflict, forbidden, notFound } from "../../machinery/errors.ts";
import { invalid, notSupported } from "../../machinery/field-errors.ts";
import type { FieldError } from "../../machinery/field-errors.ts";
import type { Draft, KubeObject } from "../../machinery/kind.ts";
import type { DeleteOptions } from "../../machinery/meta/options.ts";
import { formatTime, timeOf } from "../../machinery/time.ts";
import { Conflict } from "../../store/store.ts";
import type { Entry } from "../../store/store.ts";
import type { AdmissionAttributes } from "../admission/admission.ts";
import type { Exchange } from "../exchange.ts";
import { deepEqual } from "../objects.ts";
import { deleteOptionsInBody } from "../options-body.ts";
import { dryRunErrors, integer, refuse } from "../options.ts";
import { flag } from "../query.ts";
import { isEvent } from "../resource.ts";
import type { Resource } from "../resource.ts";
import { answerEntry, answerObject, answerPlain, negotiated } from "../respond.ts";
import { admit, runPlugins } from "../stages/admission.ts";

const MAX_TRIES = 16;

export async function remove(exchange: Exchange): Promise<ApiResponse> {
  const resource = exchange.resource!;
  const { namespace, name } = exchange.info;
  negotiated(exchange);
  const options = deleteOptionsOf(exchange);
  const refusal = resource.kind.refuseDelete?.(name);
  if (refusal !== undefined) throw forbidden(resource.groupResource, name, refusal);
  warnOfOrphans(exchange, resource, options);
  const outcome = await deleteObject(exchange, resource, namespace, name, options);
  const { group, resource: plural } = resource.groupResource;
  // Old clients learn so that what they asked to wait for is not done.
  const status = outcome.marked && options.orphanDependents === false ? 202 : 200;
  if (outcome.entry !== undefined) return answerEntry(exchange, resource, outcome.entry, status);
  const { routes } = exchange.parts;
  const returnsDeleted = resource.kind.returnsDeleted === true || routes.deletionInSteps(resource)?.returnsDeleted;
  if (returnsDeleted || outcome.marked) {
    return answerObject(exchange, resource, outcome.object, status);
  }
  return answerPlain(exchange, {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: { name, ...(group !== "" && { group }), kind: plural, uid: outcome.object.metadata.uid },
  });
}

export type Options = Draft<DeleteOptions>;

/** From the body, else from the query: where there is a body, nobody looks at the query. Throws 422 for what does not go together. */
export function deleteOptionsOf(exchange: Exchange): Options {
  const options = deleteOptionsInBody(exchange) ?? optionsOfQuery(exchange);
  const errors: FieldError[] = [];
  const { propagationPolicy: policy } = options;
  if (policy !== undefined && options.orphanDependents !== undefined)
    errors.push(invalid("propagationPolicy", policy, "orphanDependents and deletionPropagation cannot be both set"));
  if (policy !== undefined && policy !== "Foreground" && policy !== "Background" && policy !== "Orphan") {
    errors.push(notSupported("propagationPolicy", policy, ["Foreground", "Background", "Orphan", "nil"]));
  }
  errors.push(...dryRunErrors(options.dryRun));
  refuse("DeleteOptions", errors);
  return options;
}

function optionsOfQuery({ query }: Exchange): Options {
  const seconds = integer(query, "gracePeriodSeconds");
  const uid = query.get("uid");
  const resourceVersion = query.get("resourceVersion");
  return {
    ...(seconds !== undefined && {
      gracePeriodSeconds: exactInteger(seconds, query.get("gracePeriodSeconds")) as number,
    }),
    ...(query.has("propagationPolicy") && { propagationPolicy: query.get("propagationPolicy") }),
    ...(query.has("orphanDependents") && { orphanDependents: flag(query, "orphanDependents") }),
    ...(query.has("dryRun") && { dryRun: [...query.all("dryRun")] }),
    ...((uid !== "" || resourceVersion !== "") && {
      preconditions: { ...(uid !== "" && { uid }), ...(resourceVersion !== "" && { resourceVersion }) },
    }),
  };
}

export function warnOfOrphans(exchange: Exchange, { kind }: Resource, options: Options): void {
  const warning = kind.orphansByDefault?.warning;
  if (warning !== undefined && !saysOfDependents(options)) exchange.warn(warning);
}

const saysOfDependents = ({ propagationPolicy, orphanDependents }: Options): boolean =>
  propagationPolicy !== undefined || orphanDependents !== undefined;

export interface Deletion {
  /** The object as it was last, or as it is marked. */
  readonly object: KubeObject;
  /** The stored object where it was only marked. */
  readonly entry: Entry | undefined;
  /** True where it waits for something (or would, in a dry run). */
  readonly marked: boolean;
}

/** Deletes or marks one object; `admitted`: without asking admission. Throws 404, 409 for preconditions. */
export async function deleteObject(
  exchange: Exchange,
  resource: Resource,
  namespace: string,
  name: string,
  options: Options,
  admitted?: "admitted",
): Promise<Deletion> {
  const { store, clock, routes } = exchange.parts;
  const steps = routes.deletionInSteps(resource);
  const key = resource.keyOf(namespace, name);
  for (let tries = 1; ; tries++) {
    const entry = store.head(key);
    if (entry === undefined) throw notFound(resource.groupResource, name);
    const waiting = resource.ready([entry]);
    if (waiting !== undefined) await waiting;
    const previous = resource.view(entry);
    checkPreconditions(resource, entry, previous, options, steps !== undefined);
    const begins = steps !== undefined && previous.metadata.deletionTimestamp === undefined;
    if (!begins && (steps?.isUnderWay(previous) || isPending(resource, previous, options))) {
      await store.settled?.();
      return { object: previous, entry, marked: true };
    }
    if (admitted === undefined) await admitDeletion(exchange, resource, namespace, name, previous, options);
    const marked = begins
      ? { object: steps.begin(previous, options, formatTime(clock.now())), goes: false }
      : markedForDeletion(exchange, resource, previous, options);
    try {
      return await carryOut(exchange, resource, entry, marked, options);
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      if (tries >= MAX_TRIES) throw conflict(resource.groupResource, name);
    }
  }
}

/** It is on its way already, and no sooner would be asked for: nothing is changed, and nobody asked. */
function isPending({ kind }: Resource, { metadata }: KubeObject, { gracePeriodSeconds: asked }: Options): boolean {
  if (kind.gracePeriodSeconds === undefined || metadata.deletionTimestamp === undefined) return false;
  const { deletionGracePeriodSeconds: left = 0 } = metadata;
  return left > 0 && (asked === undefined || (asked < 0 ? 1 : asked) >= left);
}

function checkPreconditions(
  resource: Resource,
  entry: Entry,
  previous: KubeObject,
  { preconditions }: Options,
  inSteps: boolean,
): void {
  if (preconditions === undefined) return;
  const { uid, resourceVersion } = preconditions;
  const { name } = previous.metadata;
  const { group, kind } = resource.groupKind;
  const refuse = (what: string, wanted: string, is: string, guess: string): Error => {
    const failed = `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${is}`;
    if (inSteps) return conflict(resource.groupResource, name, failed);
    // Upstream names the kind here, not the resource.
    const text = `the ${what} in the precondition (${wanted}) does not match the ${what} in record (${is}). ${guess}`;
    return conflict({ group, resource: kind }, name, text);
  };
  if (uid !== undefined && uid !== previous.metadata.uid)
    throw refuse("UID", uid, previous.metadata.uid, "The object might have been deleted and then recreated");
  if (resourceVersion !== undefined && resourceVersion !== String(entry.revision))
    throw refuse("ResourceVersion", resourceVersion, String(entry.revision), "The object might have been modified");
}

async function admitDeletion(
  exchange: Exchange,
  { kind }: Resource,
  namespace: string,
  name: string,
  previous: KubeObject,
  options: Options,
): Promise<void> {
  const attributes: AdmissionAttributes = {
    operation: "DELETE",
    kind,
    group: kind.group,
    version: kind.version,
    resource: kind.names.plural,
    ...(namespace !== "" && { namespace }),
    name,
    object: undefined,
    previous,
    user: exchange.user,
    dryRun: isDryRun(options),
    options: { ...options, kind: "DeleteOptions", apiVersion: "meta.k8s.io/v1" },
    warn: (text) => exchange.warn(text),
    annotate: (key, value) => exchange.annotate(key, value),
  };
  await admit(exchange.parts.admission, attributes);
  await runPlugins(exchange.parts.admission, attributes, "validate");
}

export const isDryRun = (options: { readonly dryRun?: readonly string[] }): boolean =>
  (options.dryRun?.length ?? 0) > 0;

interface Mark {
  /** With its deletion begun; the very same object where that changes nothing. */
  readonly object: KubeObject;
  /** Nothing holds it: it can go at once. */
  readonly goes: boolean;
}

function markedForDeletion(exchange: Exchange, resource: Resource, previous: KubeObject, options: Options): Mark {
  const finalizers = finalizersFor(resource, previous, options);
  const grace = graceOf(resource, previous, options);
  const goes = finalizers.length === 0 && grace === 0;
  if (goes && resource.kind.gracePeriodSeconds === undefined) return { object: previous, goes };
  const draft = { ...previous, metadata: { ...previous.metadata } } as Draft<KubeObject>;
  if (finalizers.length > 0) draft.metadata.finalizers = finalizers;
  else delete draft.metadata.finalizers;
  setDeletionTime(draft, grace, exchange.parts.clock.now());
  return { object: deepEqual(draft, previous) ? previous : draft, goes };
}

/** When it is to be gone: set once, and after that only ever sooner. */
function setDeletionTime({ metadata: meta }: Draft<KubeObject>, grace: number, now: number): void {
  if (meta.deletionTimestamp === undefined) {
    meta.deletionTimestamp = formatTime(now + durationOf(grace));
    meta.deletionGracePeriodSeconds = grace;
    // Also of kinds that count none, where a client once gave one.
    if (meta.generation !== undefined && meta.generation > 0) meta.generation++;
    return;
  }
  // What is deleted in steps has no grace at first.
  const before = (meta.deletionGracePeriodSeconds ??= 0);
  if (grace >= before) return;
  const due = timeOf(meta.deletionTimestamp)! - durationOf(before) + durationOf(grace);
  meta.deletionTimestamp = formatTime(Math.max(due, now));
  // Whoever asked for grace gets some, so that somebody else deletes it in the end.
  meta.deletionGracePeriodSeconds = grace > 0 && due < now ? 1 : grace;
}

const LONGEST_DURATION = 2 ** 33;

/** In milliseconds. Go counts nanoseconds in 64 bits, so that very long ones, some three centuries, begin anew. */
function durationOf(seconds: number): number {
  if (Math.abs(Number(seconds)) < LONGEST_DURATION) return seconds * 1000;
  return Number(BigInt.asIntN(64, BigInt(seconds) * 1_000_000_000n)) / 1_000_000;
}

const ORPHAN = "orphan";
const FOREGROUND = "foregroundDeletion";

/** What the propagation policy, or that of the kind, adds to or takes from the object's finalizers. */
function finalizersFor(resource: Resource, previous: KubeObject, options: Options): string[] {
  const own = previous.metadata.finalizers ?? [];
  const kept = own.filter((each) => each !== ORPHAN && each !== FOREGROUND);
  if (isEvent(resource)) return kept;
  const { propagationPolicy: policy, orphanDependents } = options;
  if (!saysOfDependents(options)) {
    const orphans = resource.kind.orphansByDefault !== undefined && kept.length === own.length;
    return orphans ? [...own, ORPHAN] : [...own];
  }
  if (policy === "Orphan" || orphanDependents === true) kept.push(ORPHAN);
  if (policy === "Foreground") kept.push(FOREGROUND);
  return kept;
}

function graceOf({ kind }: Resource, previous: KubeObject, options: Options): number {
  if (kind.gracePeriodSeconds === undefined) return 0;
  const before = previous.metadata.deletionGracePeriodSeconds;
  const asked = options.gracePeriodSeconds ?? (previous.metadata.deletionTimestamp === undefined ? undefined : before);
  const grace = kind.gracePeriodSeconds(previous, asked);
  return grace > 0 ? grace : 0;
}

async function carryOut(
  exchange: Exchange,
  resource: Resource,
  entry: Entry,
  { object, goes }: Mark,
  options: Options,
): Promise<Deletion> {
  const { store, routes } = exchange.parts;
  const previous = resource.view(entry);
  if (!goes && object === previous) {
    await store.settled?.();
    return { object, entry, marked: true };
  }
  if (isDryRun(options)) return { object, entry: undefined, marked: !goes };
  const { key, revision: expected } = entry;
  if (goes) {
    const beside = routes.deletedAlongside(resource, previous);
    const { revision } = await store.commit([{ key, expected, object: undefined }, ...beside], exchange.changeRecord());
    const metadata = { ...object.metadata, resourceVersion: String(revision) };
    return { object: { ...object, metadata }, entry: undefined, marked: false };
  }
  const stored = (await resource.toStorage(object)) as Draft<KubeObject>;
  const marked = (revision: number): object => {
    stored.metadata.resourceVersion = String(revision);
    return stored;
  };
  const commit = await store.commit([{ key, expected, object: marked }], exchange.changeRecord());
  await resource.ready(commit.entries);
  return { object, entry: commit.entries[0], marked: true };
}
