/** What the API server asks of itself: requests through its own door, as `system:apiserver`. */
import type { ApiRequest, Door } from "../machinery/door.ts";
import { StatusError, statusOf } from "../machinery/errors.ts";
import type { Status } from "../machinery/errors.ts";
import { API_SERVER } from "./authentication/authenticators.ts";

export interface Thing {
  readonly [field: string]: unknown;
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

/** The object as it should be, or undefined where what was found is to stay. */
export type Reconcile = (wanted: Thing, found: Thing) => Thing | undefined;

/** How often a write is tried that others get ahead of. */
const TRIES = 5;

/** The requests of one part of the server, as the server itself. They end with `signal`. */
export class OwnRequests {
  readonly #door: Door;
  readonly #signal: AbortSignal;

  constructor(door: Door, signal: AbortSignal) {
    this.#door = door;
    this.#signal = signal;
  }

  /** Creates those of `things` that are not there; one list tells which. */
  async ensure(prefix: string, resource: string, things: readonly Thing[], reconcile?: Reconcile): Promise<void> {
    const items = await this.list(prefix, resource);
    const found = new Map(items.map((item) => [`${item.metadata.namespace ?? ""}/${item.metadata.name}`, item]));
    await Promise.all(
      things.map(async (thing) => {
        const there = found.get(`${thing.metadata.namespace ?? ""}/${thing.metadata.name}`);
        if (!there) return this.#create(pathOf(prefix, resource, thing), thing);
        const next = reconcile?.(thing, there);
        if (next)
          await this.#unless(409, this.#send("PUT", `${pathOf(prefix, resource, next)}/${next.metadata.name}`, next));
        return undefined;
      }),
    );
  }

  /** Another server may be quicker, and then what it took beside the object (an address, say) is taken, too. */
  async #create(path: string, thing: Thing): Promise<unknown> {
    try {
      return await this.#send("POST", path, thing);
    } catch (error) {
      const there = await this.#unless(404, this.#send("GET", `${path}/${thing.metadata.name}`));
      if (there === undefined) throw error;
      return there;
    }
  }

  /** Creates the thing, or makes what is there what `next` says; what is right already is left alone. */
  async put(prefix: string, resource: string, thing: Thing, next: Reconcile): Promise<void> {
    const path = pathOf(prefix, resource, thing);
    for (let tries = 1; ; tries++) {
      try {
        const there = await this.find(prefix, resource, thing);
        const wanted = there && next(thing, there);
        if (there === undefined) await this.#send("POST", path, thing);
        else if (wanted !== undefined) await this.#send("PUT", `${path}/${thing.metadata.name}`, wanted);
        return;
      } catch (error) {
        // Another server was quicker: what it made is looked at, too.
        if (statusOf(error).code !== 409 || tries === TRIES) throw error;
      }
    }
  }

  async list(prefix: string, resource: string): Promise<readonly Thing[]> {
    const { items } = (await this.#send("GET", `${prefix}/${resource}`)) as { items: readonly Thing[] };
    return items;
  }

  /** Already gone is as good. */
  async remove(prefix: string, resource: string, thing: Pick<Thing, "metadata">): Promise<void> {
    await this.#unless(404, this.#send("DELETE", `${pathOf(prefix, resource, thing)}/${thing.metadata.name}`));
  }

  /** The object of this name as it is now. */
  find(prefix: string, resource: string, thing: Pick<Thing, "metadata">): Promise<Thing | undefined> {
    const path = `${pathOf(prefix, resource, thing)}/${thing.metadata.name}`;
    return this.#unless(404, this.#send("GET", path)) as Promise<Thing | undefined>;
  }

  /** The answer, or undefined where it is this failure: another server was quicker. */
  async #unless(code: number, answer: Promise<unknown>): Promise<unknown> {
    try {
      return await answer;
    } catch (error) {
      if (statusOf(error).code === code) return undefined;
      throw error;
    }
  }

  async #send(method: string, path: string, object?: Thing): Promise<unknown> {
    const request: ApiRequest = {
      method,
      path,
      query: "",
      headers: { "user-agent": "kube-apiserver" },
      peer: { address: "kube-apiserver", user: API_SERVER },
      signal: this.#signal,
      ...(object && { body: { form: "object", object } }),
    };
    const { status, body } = await this.#door(request);
    const answer = body.form === "object" || body.form === "list" ? body.object : undefined;
    if (status >= 400) throw new StatusError(answer as Status);
    return answer;
  }
}

function pathOf(prefix: string, resource: string, { metadata: { namespace } }: Pick<Thing, "metadata">): string {
  return namespace === undefined ? `${prefix}/${resource}` : `${prefix}/namespaces/${namespace}/${resource}`;
}
