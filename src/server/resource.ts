/**
 * A kind as the server serves it: what follows from the kind and is needed with every request, made once.
 */
import type { GroupResource } from "../machinery/errors.ts";
import type { Kind, KubeObject } from "../machinery/kind.ts";
import { apiVersionOf } from "../machinery/scheme.ts";
import { listKindOf } from "../machinery/define-kind.ts";
import type { Encodings, Entry } from "../store/store.ts";

export class Resource {
  readonly kind: Kind;
  readonly apiVersion: string;
  readonly listKind: string;
  readonly groupResource: GroupResource;
  readonly groupKind: { readonly group: string; readonly kind: string };
  readonly namespaced: boolean;
  /** Where all of its objects lie in the store; ends in a slash. */
  readonly prefix: string;
  /** Names this face of the objects where they are stored as another one; else empty. */
  readonly face: string;
  /** Fields that many objects have alike. */
  readonly alike: readonly string[];
  /** Encodings of such a face. They end with the kind: its next one may default what is stored anew. */
  readonly #encodings = new WeakMap<Entry, Encodings>();
  /** Objects as this kind sees them, where they are stored as another one. */
  readonly #views = new WeakMap<Entry, KubeObject>();
  /** Entries that another program is being asked for. */
  readonly #asked = new WeakMap<Entry, Promise<void>>();

  constructor(kind: Kind) {
    this.kind = kind;
    this.apiVersion = apiVersionOf(kind);
    this.listKind = listKindOf(kind);
    this.groupResource = { group: kind.group, resource: kind.names.plural };
    // Errors name an object by where it is at home: an Event of events.k8s.io is one of the core's.
    this.groupKind = { group: kind.storage.group === "core" ? "" : kind.group, kind: kind.kind };
    this.namespaced = kind.scope === "Namespaced";
    this.prefix = `/${kind.storage.group}/${kind.storage.resource}/`;
    this.face = kind.convert === undefined ? "" : `@${this.apiVersion}`;
    this.alike = Object.entries(kind.schema.fields).flatMap(([name, field]) => (field.alike ? [name] : []));
  }

  keyOf(namespace: string, name: string): string {
    return this.namespaced ? `${this.prefix}${namespace}/${name}` : this.prefix + name;
  }

  /** Where the objects of a namespace lie, or all where none is given. */
  prefixOf(namespace: string): string {
    return this.namespaced && namespace !== "" ? `${this.prefix}${namespace}/` : this.prefix;
  }

  /** The stored object as this kind. Where another program converts, {@link ready} has asked it before. */
  view(entry: Entry): KubeObject {
    const { convert } = this.kind;
    if (convert === undefined) return entry.object as KubeObject;
    let object = this.#views.get(entry);
    if (object === undefined) {
      if (this.asks && !this.#isOwn(entry)) throw new Error(`${entry.key} was looked at before it was converted`);
      object = convert.fromStorage(entry.object as KubeObject) as KubeObject;
      this.#views.set(entry, object);
    }
    return object;
  }

  /** Where encodings of the object as this kind are kept. */
  encodings(entry: Entry): Encodings {
    if (this.kind.convert === undefined) return entry.encodings;
    let encodings = this.#encodings.get(entry);
    if (encodings === undefined) this.#encodings.set(entry, (encodings = new Map()));
    return encodings;
  }

  /** Does another program convert the objects that are stored in other versions? */
  get asks(): boolean {
    return this.kind.convert?.ask !== undefined;
  }

  /** Has the views of these entries made where another program must be asked for them; undefined where none must. */
  ready(entries: Iterable<Entry | undefined>): Promise<void> | undefined {
    if (!this.asks) return undefined;
    const waiting = new Set<Promise<void>>();
    const fresh: Entry[] = [];
    for (const entry of entries) {
      if (entry === undefined || this.#views.has(entry) || this.#isOwn(entry)) continue;
      const asked = this.#asked.get(entry);
      if (asked === undefined) fresh.push(entry);
      else waiting.add(asked);
    }
    if (fresh.length > 0) waiting.add(this.#askFor(fresh));
    return waiting.size === 0 ? undefined : Promise.all(waiting).then(() => undefined);
  }

  #isOwn(entry: Entry): boolean {
    return (entry.object as KubeObject).apiVersion === this.apiVersion;
  }

  /** What `use` makes of the views, once they are there. Stays synchronous where nobody must be asked. */
  readied<T>(entries: Iterable<Entry | undefined>, use: () => T): T | Promise<Awaited<T>> {
    const waiting = this.ready(entries);
    return waiting === undefined ? use() : (waiting.then(use) as Promise<Awaited<T>>);
  }

  /** Whoever wants to see the same entries meanwhile waits for the same answer. */
  #askFor(entries: readonly Entry[]): Promise<void> {
    const asked = this.#ask(entries).finally(() => {
      for (const entry of entries) this.#asked.delete(entry);
    });
    for (const entry of entries) this.#asked.set(entry, asked);
    return asked;
  }

  async #ask(entries: readonly Entry[]): Promise<void> {
    const convert = this.kind.convert!;
    const objects = entries.map(({ object }) => object as KubeObject);
    const converted = await convert.ask!(objects, this.apiVersion);
    entries.forEach((entry, index) => this.#views.set(entry, convert.fromStorage(converted[index]!)));
  }

  /** Is the object stored in the version in which it would be stored now? */
  isCurrent(entry: Entry): boolean {
    if (!this.kind.schema.custom) return true;
    return (entry.object as KubeObject).apiVersion === apiVersionOf(this.kind.storage);
  }

  /** What is stored of an object of this kind. */
  toStorage(object: KubeObject): KubeObject | Promise<KubeObject> {
    const { convert, storage, version } = this.kind;
    if (convert === undefined) return object;
    if (convert.ask === undefined || version === storage.version) return convert.toStorage(object);
    return convert.ask([object], apiVersionOf(storage)).then(([stored]) => stored!);
  }
}

/** Objects of one face as another, in order. */
export async function convertedTo(
  from: Resource,
  to: Resource,
  objects: readonly KubeObject[],
): Promise<readonly KubeObject[]> {
  if (from === to) return objects;
  const { ask } = from.kind.convert ?? {};
  const { convert } = to.kind;
  const stored =
    ask === undefined
      ? await Promise.all(objects.map((object) => from.toStorage(object)))
      : await ask(objects, to.apiVersion);
  return convert === undefined ? stored : stored.map((object) => convert.fromStorage(object));
}

const resources = new WeakMap<Kind, Resource>();

export function resourceOf(kind: Kind): Resource {
  let resource = resources.get(kind);
  if (resource === undefined) resources.set(kind, (resource = new Resource(kind)));
  return resource;
}

/** They own nothing, and nobody keeps a cache of them. */
export const isEvent = ({ kind }: Resource): boolean => kind.kind === "Event" && kind.schema.custom !== true;
