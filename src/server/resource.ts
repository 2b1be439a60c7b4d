/**
 * A kind as the server serves it: what follows from the kind and is needed with every request, made once.
 */
import type { GroupResource } from "../machinery/errors.ts";
import type { Kind, KubeObject } from "../machinery/kind.ts";
import { apiVersionOf } from "../machinery/scheme.ts";
import { listKindOf } from "../machinery/define-kind.ts";
import type { Entry } from "../store/store.ts";

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
  /** Encodings of such a face. They end with the kind: its next one may default what is stored anew. */
  readonly #encodings = new WeakMap<Entry, Map<string, Uint8Array>>();
  /** Objects as this kind sees them, where they are stored as another one. */
  readonly #views = new WeakMap<Entry, KubeObject>();

  constructor(kind: Kind) {
    this.kind = kind;
    this.apiVersion = apiVersionOf(kind);
    this.listKind = listKindOf(kind);
    this.groupResource = { group: kind.group, resource: kind.names.plural };
    this.groupKind = { group: kind.group, kind: kind.kind };
    this.namespaced = kind.scope === "Namespaced";
    this.prefix = `/${kind.storage.group}/${kind.storage.resource}/`;
    this.face = kind.convert === undefined ? "" : `@${this.apiVersion}`;
  }

  keyOf(namespace: string, name: string): string {
    return this.namespaced ? `${this.prefix}${namespace}/${name}` : this.prefix + name;
  }

  /** Where the objects of a namespace lie, or all where none is given. */
  prefixOf(namespace: string): string {
    return this.namespaced && namespace !== "" ? `${this.prefix}${namespace}/` : this.prefix;
  }

  /** The stored object as this kind. */
  view(entry: Entry): KubeObject {
    const { convert } = this.kind;
    if (convert === undefined) return entry.object as KubeObject;
    let object = this.#views.get(entry);
    if (object === undefined) {
      object = convert.fromStorage(entry.object as KubeObject) as KubeObject;
      this.#views.set(entry, object);
    }
    return object;
  }

  /** Where encodings of the object as this kind are kept. */
  encodings(entry: Entry): Map<string, Uint8Array> {
    if (this.kind.convert === undefined) return entry.encodings;
    let encodings = this.#encodings.get(entry);
    if (encodings === undefined) this.#encodings.set(entry, (encodings = new Map()));
    return encodings;
  }

  /** What is stored of an object of this kind. */
  toStorage(object: KubeObject): KubeObject {
    return this.kind.convert === undefined ? object : (this.kind.convert.toStorage(object) as KubeObject);
  }
}

const resources = new WeakMap<Kind, Resource>();

export function resourceOf(kind: Kind): Resource {
  let resource = resources.get(kind);
  if (resource === undefined) resources.set(kind, (resource = new Resource(kind)));
  return resource;
}
