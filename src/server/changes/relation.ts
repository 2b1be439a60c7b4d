/**
 * Which revisions belong to the story of one object.
 *
 * - Its own changes, those of what it controls (at any depth), and the Events about these.
 * - What those made others write: whoever gives a revision of the story as a cause continues it.
 * - Upwards only what led here: the changes of its owners that made it come, change or go.
 *
 * Worked example: the story of a pod has the one change of its ReplicaSet that made the pod, and the `kubectl apply`
 * that made that; it does not have the ReplicaSet's other pods.
 */
import type { KubeObject } from "../../machinery/kind.ts";
import type { Scheme } from "../../machinery/scheme.ts";
import type { Change, Store } from "../../store/store.ts";
import { isTold } from "./history.ts";
import type { Past, Row } from "./history.ts";
import { aboutOf, controllerOf, inferCauses, isDriving, keyOf, objectOf } from "./infer.ts";

/** How far owners and causes are followed upwards. */
const DEEPEST = 16;

export class Relation {
  readonly #root: string;
  readonly #store: Store;
  readonly #scheme: Scheme;
  readonly #past: Past;
  readonly #members = new Set<string>();
  readonly #outsiders = new Set<string>();
  readonly #owners = new Set<string>();
  readonly #told = new Set<number>();

  /** `past` must have each row before {@link include} is asked for it. */
  constructor(root: string, store: Store, scheme: Scheme, past: Past) {
    this.#root = root;
    this.#store = store;
    this.#scheme = scheme;
    this.#past = past;
    this.#members.add(root);
    const object = store.head(root)?.object as KubeObject | undefined;
    if (object !== undefined) this.#learnOwners(object);
  }

  /** What is to be told now that `row` has happened: nothing, or the row after those that led to it. Ask in order. */
  include(row: Row): Row[] {
    for (const change of row.changes) if (change.key === this.#root) this.#learnOwners(objectOf(change));
    if (!row.changes.some((change) => this.#belongs(change)) && !this.#continues(row)) return [];
    this.#told.add(row.revision);
    for (const { key, before } of row.changes) if (before === undefined) this.#members.add(key);
    const leading = row.changes.some((change) => change.key === this.#root && isDriving(change));
    return leading ? [...this.#ledTo(row, DEEPEST), row] : [row];
  }

  #learnOwners(object: KubeObject): void {
    for (let each: KubeObject | undefined = object, deep = 0; each !== undefined && deep < DEEPEST; deep++) {
      const key = this.#ownerKey(each);
      if (key === undefined || this.#owners.has(key)) return;
      this.#owners.add(key);
      each = this.#objectAt(key);
    }
  }

  #belongs(change: Change): boolean {
    const { key, before } = change;
    if (this.#members.has(key)) return true;
    if (before !== undefined && this.#outsiders.has(key)) return false;
    const belongs = this.#isOurs(objectOf(change), DEEPEST);
    (belongs ? this.#members : this.#outsiders).add(key);
    return belongs;
  }

  #isOurs(object: KubeObject, deep: number): boolean {
    const about = aboutOf(object);
    if (about !== undefined) {
      const { apiVersion, kind, name, namespace } = about;
      if (apiVersion === undefined || kind === undefined || name === undefined) return false;
      const key = keyOf(this.#scheme, { apiVersion, kind, name }, namespace);
      return key !== undefined && this.#members.has(key);
    }
    const key = this.#ownerKey(object);
    if (key === undefined || deep === 0) return false;
    if (this.#members.has(key)) return true;
    // Owners that have not changed since the log begins.
    const owner = this.#objectAt(key);
    if (owner === undefined || !this.#isOurs(owner, deep - 1)) return false;
    this.#members.add(key);
    return true;
  }

  /** Somebody acted because of the story. Owners going on with their other children do not count. */
  #continues(row: Row): boolean {
    if (!row.record?.causes?.some((revision) => this.#told.has(revision))) return false;
    return !row.changes.some((change) => {
      if (this.#owners.has(change.key)) return true;
      const owner = this.#ownerKey(objectOf(change));
      return owner !== undefined && this.#owners.has(owner);
    });
  }

  /** The rows that made `row` happen, oldest first, without those told already. */
  #ledTo(row: Row, deep: number): Row[] {
    if (deep === 0) return [];
    const rows: Row[] = [];
    for (const cause of this.#driversOf(row)) {
      if (this.#told.has(cause.revision)) continue;
      this.#told.add(cause.revision);
      rows.push(...this.#ledTo(cause, deep - 1), cause);
    }
    return rows.toSorted((a, b) => a.revision - b.revision);
  }

  #driversOf(row: Row): Row[] {
    const drivers = this.#rows(row.record?.causes ?? [], row).filter(({ changes }) => changes.some(isDriving));
    if (drivers.length > 0) return drivers;
    return this.#rows(inferCauses(row, this.#past, this.#scheme), row);
  }

  #rows(revisions: readonly number[], row: Row): Row[] {
    return revisions.flatMap((revision) => {
      const found = revision < row.revision ? this.#past.at(revision) : undefined;
      return found === undefined ? [] : [found];
    });
  }

  #ownerKey(object: KubeObject): string | undefined {
    const reference = controllerOf(object);
    if (reference === undefined) return undefined;
    const namespaced = this.#scheme.byApiVersion(reference.apiVersion, reference.kind)?.scope === "Namespaced";
    return keyOf(this.#scheme, reference, namespaced ? object.metadata.namespace : undefined);
  }

  #objectAt(key: string): KubeObject | undefined {
    if (!isTold(key)) return undefined;
    const found =
      this.#store.head(key) ??
      this.#past
        .of(key)
        .at(-1)
        ?.changes.find((change) => change.key === key)?.before;
    return found?.object as KubeObject | undefined;
  }
}
