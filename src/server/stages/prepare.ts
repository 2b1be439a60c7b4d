import { alike } from "../../machinery/alike.ts";
import { conflict, internalError, invalid as invalidObject, unknownError } from "../../machinery/errors.ts";
import { invalid } from "../../machinery/field-errors.ts";
import { quote } from "../../machinery/go-text.ts";
import type { Draft, KubeObject, ObjectMeta, StrategyContext } from "../../machinery/kind.ts";
import { randomSuffix, uuid } from "../../machinery/random.ts";
import { isObject } from "../../machinery/structural/schema.ts";
import { formatTime } from "../../machinery/time.ts";
import { keepSystemMetadata } from "../../machinery/validate-metadata.ts";
import { deepEqual } from "../objects.ts";
import type { Json } from "../objects.ts";
import { placeIn } from "../namespace-of-path.ts";
import { nameOwnersOnce } from "../owners.ts";
import type { Resource } from "../resource.ts";
import type { WriteAttempt } from "../write.ts";

/** Upstream's limit for names that are made: the base is cut so that five characters fit. */
const LONGEST_BASE = 58;

/** Sets what the server alone decides and puts back what this request may not change. */
export function prepare(attempt: WriteAttempt): void {
  if (attempt.draft.metadata === undefined) throw internalError("an object without metadata");
  nameOwnersOnce(attempt.exchange, attempt.draft.metadata, true);
  if (attempt.operation === "CREATE") prepareCreate(attempt);
  else prepareUpdate(attempt);
  attempt.exchange.parts.routes.prepare(attempt);
  share(attempt);
}

/**
 * From here on nothing changes the draft any more, so what is as before, or as in other objects, can be the very object that
 * it is there: later comparisons need not look into it, and memory holds it once.
 */
function share({ draft, previous, resource }: WriteAttempt): void {
  const next = draft as unknown as Json;
  const before = previous as Json | undefined;
  for (const key in next) {
    if (key === "metadata") continue;
    if (before !== undefined && deepEqual(next[key], before[key])) next[key] = before[key];
    else if (resource.alike.includes(key) && isObject(next[key])) next[key] = alike(next[key]);
  }
}

export function contextOf(attempt: WriteAttempt): StrategyContext {
  const { exchange, namespace, subresource } = attempt;
  const { clock, verifySignature } = exchange.parts;
  return {
    now: clock.now(),
    username: exchange.user.username,
    user: exchange.user,
    warn: (text) => exchange.warn(text),
    ...(verifySignature !== undefined && { verifySignature }),
    ...(attempt.previous !== undefined && { previous: attempt.previous }),
    ...(namespace !== "" && { namespace }),
    ...(subresource !== "" && { subresource }),
  };
}

function prepareCreate(attempt: WriteAttempt): void {
  const { exchange, resource, draft } = attempt;
  const { clock, random } = exchange.parts;
  const meta = draft.metadata;
  if (!meta.name && meta.generateName) meta.name = meta.generateName.slice(0, LONGEST_BASE) + randomSuffix(random);
  attempt.name = meta.name;
  meta.uid = uuid(random);
  meta.creationTimestamp = formatTime(clock.now());
  delete (meta as Partial<Draft<ObjectMeta>>).resourceVersion;
  delete meta.deletionTimestamp;
  delete meta.deletionGracePeriodSeconds;
  delete meta.selfLink;
  // Admission may have changed it.
  placeIn(draft, resource, attempt.namespace);
  // Of kinds that count none, what the client said stays.
  if (hasGeneration(resource)) meta.generation = 1;
  resource.kind.prepareForCreate?.(draft, contextOf(attempt));
}

function prepareUpdate(attempt: WriteAttempt): void {
  const { resource, draft } = attempt;
  const previous = attempt.previous!;
  checkRevision(attempt);
  placeIn(draft, resource, attempt.namespace);
  keepSystemMetadata(draft.metadata, previous.metadata);
  attempt.isolate?.(draft, previous);
  resource.kind.prepareForUpdate?.(draft, previous, contextOf(attempt));
  if (hasGeneration(resource) && specChanged(resource, draft, previous))
    draft.metadata.generation = (previous.metadata.generation ?? 0) + 1;
}

/** A client that names a revision means that one and no other. */
function checkRevision(attempt: WriteAttempt): void {
  const { draft, resource, entry, name } = attempt;
  const asked = draft.metadata.resourceVersion;
  attempt.expected = undefined;
  if (attempt.derived === true && asked === previousRevision(attempt)) return;
  if (asked === undefined || asked === "" || asked === "0") {
    if (resource.kind.allowUnconditionalUpdate === false) throw revisionRequired(resource, name);
    draft.metadata.resourceVersion = String(entry!.revision);
    return;
  }
  if (!/^[0-9]+$/.test(asked)) throw unknownError(`strconv.ParseUint: parsing ${quote(asked)}: invalid syntax`);
  attempt.expected = Number(asked);
  if (attempt.expected !== entry!.revision) throw conflict(resource.groupResource, name);
}

const previousRevision = (attempt: WriteAttempt): string => attempt.previous!.metadata.resourceVersion;

/** Upstream names the resource here, not the kind. */
function revisionRequired({ groupResource }: Resource, name: string): Error {
  const error = invalid("metadata.resourceVersion", 0, "must be specified for an update");
  return invalidObject({ group: groupResource.group, kind: groupResource.resource }, name, [error]);
}

export function hasGeneration(resource: Resource): boolean {
  const { generation, schema } = resource.kind;
  return generation ?? (schema.fields["spec"] !== undefined && schema.fields["status"] !== undefined);
}

/** Everything but metadata and status counts as spec; of custom resources without a status endpoint status as well. */
function specChanged({ kind }: Resource, draft: Draft<KubeObject>, previous: KubeObject): boolean {
  const next = draft as unknown as Json;
  const before = previous as unknown as Json;
  const keys = new Set([...Object.keys(next), ...Object.keys(before)]);
  for (const key of keys) {
    if (key === "metadata" || key === "kind" || key === "apiVersion") continue;
    if (key === "status" && !(kind.schema.custom && kind.subresources["status"] === undefined)) continue;
    if (!deepEqual(next[key], before[key])) return true;
  }
  // A deletion that begins counts as a change of what is wanted, as upstream has it.
  return draft.metadata.deletionTimestamp !== undefined && previous.metadata.deletionTimestamp === undefined;
}
