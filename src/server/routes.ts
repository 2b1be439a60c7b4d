/**
 * Which handler answers what: the verbs of resources, their subresources, and paths that are no resources.
 */
import type { KubeObject } from "../machinery/kind.ts";
import type { Scheme } from "../machinery/scheme.ts";
import type { Write } from "../store/store.ts";
import type { Handler } from "./exchange.ts";
import type { RequestInfo } from "./request-info.ts";
import type { Resource } from "./resource.ts";
import { create } from "./verbs/create.ts";
import { remove } from "./verbs/delete.ts";
import { deleteCollection } from "./verbs/delete-collection.ts";
import { get } from "./verbs/get.ts";
import { list } from "./verbs/list.ts";
import { patch } from "./verbs/patch.ts";
import { update } from "./verbs/update.ts";
import { watch } from "./verbs/watch.ts";
import type { WriteAttempt } from "./write.ts";

export const VERBS: Readonly<Record<string, Handler>> = {
  get,
  list,
  watch,
  create,
  update,
  patch,
  delete: remove,
  deletecollection: deleteCollection,
};

/** A handler for a verb of one resource or subresource, in place of the usual one. */
export type Special = Readonly<Record<string, Handler>>;

/**
 * The methods that a path which is no resource answers, all in the same way: upstream's API answers GET alone, its other
 * paths do not look at the method, ours are read by GET and HEAD.
 */
type Methods = "get" | "read" | "any";

interface Reader {
  readonly handler: Handler;
  readonly methods: Methods;
}

function answers({ methods }: Reader, method: string): boolean {
  return methods === "any" || method === "GET" || (method === "HEAD" && methods === "read");
}

export interface Hold {
  readonly finalizer: string;
  telling(object: KubeObject): KubeObject;
}

export class Routes {
  readonly #scheme: Scheme;
  readonly #special = new Map<string, Special>();
  readonly #paths = new Map<string, Reader>();
  readonly #actions = new Map<string, Handler>();
  readonly #trees: ({ readonly prefix: string } & Reader)[] = [];
  readonly #beside = new Map<string, (object: KubeObject) => readonly Write[]>();

  readonly #prepared = new Map<string, (attempt: WriteAttempt) => void>();

  readonly #held = new Map<string, Hold>();

  constructor(scheme: Scheme) {
    this.#scheme = scheme;
  }

  /** `of` is `<group>/<resource>` or `<group>/<resource>/<subresource>`, or `*` and a subresource for all resources. */
  special(of: string, handlers: Special): void {
    this.#special.set(of, { ...this.#special.get(of), ...handlers });
  }

  /** A path that is no resource, such as `/version`. */
  path(path: string, handler: Handler, methods: Methods = "read"): void {
    this.#paths.set(path, { handler, methods });
  }

  /** What a method other than GET does to a path that is no resource. */
  action(method: "POST" | "DELETE", path: string, handler: Handler): void {
    this.#actions.set(`${method} ${path}`, handler);
  }

  /** All paths that begin with `prefix`. */
  tree(prefix: string, handler: Handler, methods: Methods = "read"): void {
    this.#trees.push({ prefix, handler, methods });
  }

  paths(): Iterable<string> {
    return this.#paths.keys();
  }

  /** Runs at the end of preparing a write of `<group>/<resource>`: fills in what the cluster gives. */
  prepared(of: string, hook: (attempt: WriteAttempt) => void): void {
    this.#prepared.set(of, hook);
  }

  prepare(attempt: WriteAttempt): void {
    const { group, resource } = attempt.resource.groupResource;
    this.#prepared.get(`${group}/${resource}`)?.(attempt);
  }

  /** What goes together with an object of `<group>/<resource>` when it is deleted, in the same revision. */
  alongside(of: string, writes: (object: KubeObject) => readonly Write[]): void {
    this.#beside.set(of, writes);
  }

  /** Deleting an object of `<group>/<resource>` gives it this finalizer first, and tells so: somebody has to clean up. */
  heldUntil(of: string, finalizer: string, telling: Hold["telling"]): void {
    this.#held.set(of, { finalizer, telling });
  }

  holdOf({ groupResource }: Resource): Hold | undefined {
    return this.#held.get(`${groupResource.group}/${groupResource.resource}`);
  }

  deletedAlongside({ groupResource }: Resource, object: KubeObject): readonly Write[] {
    return this.#beside.get(`${groupResource.group}/${groupResource.resource}`)?.(object) ?? [];
  }

  /** `unknown` where there is no such subresource, undefined where it does not have the verb. */
  handlerOf(resource: Resource, subresource: string, info: RequestInfo): Handler | "unknown" | undefined {
    const { kind } = resource;
    const { verb } = info;
    const of = `${kind.group}/${kind.names.plural}`;
    if (subresource === "") {
      if (!kind.verbs.includes(verb) || !fits(verb, info, resource)) return undefined;
      return this.#special.get(of)?.[verb] ?? VERBS[verb];
    }
    // The name is the client's.
    const described = Object.hasOwn(kind.subresources, subresource) ? kind.subresources[subresource] : undefined;
    if (described === undefined) return "unknown";
    const special = this.#special.get(`${of}/${subresource}`) ?? this.#special.get(`*/${subresource}`);
    if (special?.[verb] !== undefined) return special[verb];
    if (!described.verbs.includes(verb) || described.speaks !== undefined) return undefined;
    return VERBS[verb];
  }

  /** `"other"` where the path has handlers, but not for this method. */
  pathHandler(path: string, method: string): Handler | "other" | undefined {
    const action = this.#actions.get(`${method} ${path}`);
    if (action !== undefined) return action;
    const reader = this.#paths.get(path) ?? this.#trees.find(({ prefix }) => path.startsWith(prefix));
    if (reader !== undefined && answers(reader, method)) return reader.handler;
    return reader === undefined && !this.#hasAction(path) ? undefined : "other";
  }

  #hasAction(path: string): boolean {
    return this.#actions.has(`POST ${path}`) || this.#actions.has(`DELETE ${path}`);
  }

  knowsGroup(group: string): boolean {
    for (const kind of this.#scheme.kinds()) if (kind.group === group && kind.verbs.length > 0) return true;
    return false;
  }

  /** A group of the server's own, not one of custom resources. */
  isBuiltIn(group: string): boolean {
    for (const kind of this.#scheme.kinds()) if (kind.group === group) return kind.schema.custom !== true;
    return false;
  }

  /** True for paths below the API of a known group: their 404 is a Status. */
  isApiPath(path: string): boolean {
    const [, root, group] = path.split("/");
    if (root === "api") return true;
    return root === "apis" && group !== undefined && this.isBuiltIn(group) && this.knowsGroup(group);
  }
}

/** Collections of namespaced resources are created in and deleted from one namespace only. */
function fits(verb: string, info: RequestInfo, { namespaced, kind }: Resource): boolean {
  if (verb === "create" && info.named) return kind.schema.custom === true;
  if ((verb === "update" || verb === "patch" || verb === "delete") && !info.named) return false;
  const everywhere = namespaced && info.namespace === "";
  return !(everywhere && (verb === "create" || verb === "deletecollection"));
}
