/**
 * CustomResourceDefinitions at work: accepts their names, serves their kinds, and cleans up after them.
 *
 * It looks at the store alone and writes status as the server itself, so it needs no controller manager.
 */
import type { CustomResourceDefinition } from "../../api/index.ts";
import { StatusError, methodNotSupported } from "../../machinery/errors.ts";
import type { Conversion, KubeObject } from "../../machinery/kind.ts";
import { formatTime } from "../../machinery/time.ts";
import { Conflict } from "../../store/store.ts";
import type { Entry, Write } from "../../store/store.ts";
import type { Parts } from "../parts.ts";
import { conversionWebhook } from "../webhooks/conversion.ts";
import { COMPLETED, IN_PROGRESS, PENDING, conditionOf, nextStatus, withCondition } from "./conditions.ts";
import type { TakenNames } from "./conditions.ts";
import { customKinds, servedNames } from "./custom-kinds.ts";

const PREFIX = "/apiextensions.k8s.io/customresourcedefinitions/";
const RESOURCE = "apiextensions.k8s.io/customresourcedefinitions";
export const CLEANUP = "customresourcecleanup.apiextensions.k8s.io";

/** Instances deleted in one revision while a definition is cleaned up. */
const BATCH = 500;

/** Serves what is defined already, and follows changes until the result is called. */
export function installDefinitions(parts: Parts): () => void {
  const definitions = new Definitions(parts);
  parts.routes.deletedInSteps(RESOURCE, {
    begin: (object, _, at) => beginDeletion(object as CustomResourceDefinition, at),
    isUnderWay: () => false,
    returnsDeleted: false,
  });
  return definitions.start();
}

/** It waits for its instances to go, whatever is asked for its dependents. */
function beginDeletion(crd: CustomResourceDefinition, at: string): CustomResourceDefinition {
  const { finalizers = [] } = crd.metadata;
  const held = finalizers.includes(CLEANUP) ? finalizers : [...finalizers, CLEANUP];
  return withCondition({ ...crd, metadata: { ...crd.metadata, deletionTimestamp: at, finalizers: held } }, PENDING, at);
}

const ENDING = "create not allowed while custom resource definition is terminating";

interface Served {
  readonly uid: string;
  /** Its generation, and what of its status matters. */
  readonly state: string;
  /** Revision of its establishing; 0 where it was there when the server started. */
  readonly since: number;
  readonly kinds: readonly (readonly [group: string, version: string, kind: string])[];
}

class Definitions {
  readonly #parts: Parts;
  /** What each definition serves at the moment. */
  readonly #served = new Map<string, Served>();
  /** Resources whose definition is on its way out: nothing new is created there. */
  readonly #ending = new Set<string>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): () => void {
    const { store } = this.#parts;
    const snapshot = store.snapshot();
    for (const entry of snapshot.range(PREFIX)) this.#changed(entry.key, entry, false);
    return store.watch(PREFIX, snapshot.revision, {
      changes: (changes) => {
        for (const { key, after } of changes) this.#changed(key, after);
      },
    });
  }

  #changed(key: string, entry: Entry | undefined, started = true): void {
    if (entry === undefined) return this.#withdraw(key);
    const crd = entry.object as CustomResourceDefinition;
    if (conditionOf(crd, "Established")?.status === "True") this.#serve(key, crd, started ? entry.revision : 0);
    const work = crd.metadata.deletionTimestamp !== undefined ? this.#cleanUp(entry, crd) : this.#establish(entry, crd);
    work.catch((error: unknown) => {
      // Somebody else wrote it meanwhile: that change brings us back here.
      if (error instanceof Conflict) return;
      this.#parts.log.error("a CustomResourceDefinition could not be handled", { key, error: String(error) });
    });
  }

  /** Of its status only the names that it was given matter, and whether it goes. */
  #serve(key: string, crd: CustomResourceDefinition, revision: number): void {
    const { scheme } = this.#parts;
    const { uid, generation = 1 } = crd.metadata;
    const before = this.#served.get(key);
    const state = JSON.stringify([generation, servedNames(crd), conditionOf(crd, "Terminating")?.status]);
    if (before?.uid === uid && before.state === state) return;
    const since = before?.uid === uid ? before.since : revision;
    const kinds = customKinds(crd, this.#converter(crd)).map((kind) => ({ ...kind, servedSince: since }));
    const now = kinds.map(({ group, version, kind }) => [group, version, kind] as const);
    for (const [group, version, kind] of before?.kinds ?? []) {
      if (!now.some((each) => each[1] === version && each[2] === kind)) scheme.remove(group, version, kind);
    }
    for (const kind of kinds) scheme.add(kind);
    this.#served.set(key, { uid, state, since, kinds: now });
  }

  #converter(crd: CustomResourceDefinition): Conversion["ask"] {
    const { webhooks, random } = this.#parts;
    return crd.spec.conversion?.strategy === "Webhook" ? conversionWebhook(crd, webhooks, random) : undefined;
  }

  #withdraw(key: string): void {
    for (const [group, version, kind] of this.#served.get(key)?.kinds ?? []) {
      this.#parts.scheme.remove(group, version, kind);
    }
    this.#served.delete(key);
    const name = key.slice(PREFIX.length);
    this.#ending.delete(name);
    this.#reconsider(name.slice(name.indexOf(".") + 1));
  }

  /** From now on creating an instance is refused. */
  #close({ metadata, spec }: CustomResourceDefinition): void {
    const { name } = metadata;
    if (this.#ending.has(name)) return;
    this.#ending.add(name);
    this.#parts.routes.prepared(`${spec.group}/${spec.names.plural}`, ({ operation, resource }) => {
      if (operation !== "CREATE" || !this.#ending.has(name)) return;
      const { status } = methodNotSupported(resource.groupResource, "create");
      throw new StatusError({ ...status, message: ENDING });
    });
  }

  /** Accepts the names that nobody else has, and establishes the definition once it has all of them. */
  async #establish(entry: Entry, crd: CustomResourceDefinition): Promise<void> {
    const status = nextStatus(crd, this.#taken(crd), formatTime(this.#parts.clock.now()));
    if (status !== undefined) await this.#write(entry, { ...crd, status });
  }

  /** The names that other definitions of the group have been given. */
  #taken({ metadata, spec }: CustomResourceDefinition): TakenNames {
    const resources = new Set<string>();
    const kinds = new Set<string>();
    for (const { object } of this.#parts.store.snapshot().range(PREFIX)) {
      const other = object as CustomResourceDefinition;
      if (other.spec.group !== spec.group || other.metadata.name === metadata.name) continue;
      const { plural, singular, shortNames = [], kind, listKind } = other.status.acceptedNames;
      for (const name of [plural, singular, ...shortNames]) if (name) resources.add(name);
      for (const name of [kind, listKind]) if (name) kinds.add(name);
    }
    return { resources, kinds };
  }

  /** Others of the group may have waited for a name that is free now. */
  #reconsider(group: string): void {
    for (const entry of this.#parts.store.snapshot().range(PREFIX)) {
      const crd = entry.object as CustomResourceDefinition;
      if (crd.spec.group === group && conditionOf(crd, "NamesAccepted")?.status === "False") {
        this.#changed(entry.key, entry);
      }
    }
  }

  /** Deletes the instances, those that are held when their finalizers go; then the definition itself. */
  async #cleanUp(entry: Entry, crd: CustomResourceDefinition): Promise<void> {
    const { metadata, spec } = crd;
    if (!metadata.finalizers?.includes(CLEANUP)) return;
    this.#close(crd);
    const terminating = conditionOf(crd, "Terminating");
    if (terminating?.reason !== "InstanceDeletionInProgress") {
      const at = formatTime(this.#parts.clock.now());
      return this.#write(entry, withCondition(crd, IN_PROGRESS, at));
    }
    const prefix = `/${spec.group}/${spec.names.plural}/`;
    if ((await this.#deleteAll(prefix)) > 0) return this.#whenEmpty(prefix, entry.key);
    const finalizers = metadata.finalizers.filter((each) => each !== CLEANUP);
    if (finalizers.length > 0) {
      const done = withCondition(crd, COMPLETED, formatTime(this.#parts.clock.now()));
      return this.#write(entry, { ...done, metadata: { ...metadata, finalizers } });
    }
    await this.#commit([{ key: entry.key, expected: entry.revision, object: undefined }]);
  }

  /** Returns how many are still held by finalizers. */
  async #deleteAll(prefix: string): Promise<number> {
    const { store, clock } = this.#parts;
    let held = 0;
    let writes: Write[] = [];
    const flush = async (): Promise<void> => {
      if (writes.length > 0) await this.#commit(writes);
      writes = [];
    };
    for (const { key, revision, object } of store.snapshot().range(prefix)) {
      const instance = object as KubeObject;
      const { finalizers = [], deletionTimestamp } = instance.metadata;
      if (finalizers.length === 0) writes.push({ key, expected: revision, object: undefined });
      else {
        held++;
        if (deletionTimestamp === undefined) writes.push(marking(key, revision, instance, clock.now()));
      }
      if (writes.length >= BATCH) await flush();
    }
    await flush();
    return held;
  }

  /** Comes back to the definition when an instance changes. */
  #whenEmpty(prefix: string, key: string): void {
    const { store } = this.#parts;
    const stop = store.watch(prefix, store.revision, {
      changes: () => {
        stop();
        const entry = store.head(key);
        if (entry !== undefined) this.#changed(key, entry);
      },
    });
  }

  async #write({ key, revision: expected }: Entry, crd: CustomResourceDefinition): Promise<void> {
    const object = (revision: number): object => ({
      ...crd,
      metadata: { ...crd.metadata, resourceVersion: String(revision) },
    });
    await this.#commit([{ key, expected, object }]);
  }

  async #commit(writes: readonly Write[]): Promise<void> {
    await this.#parts.store.commit(writes, { user: "system:apiserver", verb: "update" });
  }
}

function marking(key: string, expected: number, instance: KubeObject, now: number): Write {
  return {
    key,
    expected,
    object: (revision) => ({
      ...instance,
      metadata: {
        ...instance.metadata,
        resourceVersion: String(revision),
        deletionTimestamp: formatTime(now),
        deletionGracePeriodSeconds: 0,
      },
    }),
  };
}
