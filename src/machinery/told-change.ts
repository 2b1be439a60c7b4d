/**
 * A revision as `GET /tiphys/v1/changes` tells it: who wrote it, how, because of what, and what it changed.
 * The API server makes them from its log; the story, and whoever else wants to know what happened, reads them.
 *
 *     { "kind": "ChangeList", "apiVersion": "tiphys/v1", "metadata": { "resourceVersion": "231" }, "items": [ … ] }
 *
 * With `watch=1` each comes as an event of its own: `{ "type": "ADDED", "object": { … } }`.
 */
import type { Note } from "./door.ts";

export interface ChangeList {
  readonly kind: "ChangeList";
  readonly apiVersion: "tiphys/v1";
  readonly metadata: {
    /** The newest revision that was looked at. */
    readonly resourceVersion: string;
    /** The log reaches back to the revision after this one. */
    readonly compactedRevision: string;
    /** Ask again with `after` set to this: there is more. */
    readonly continue?: string;
    /** The oldest were left out, because there are more than one answer takes. */
    readonly truncated?: true;
  };
  readonly items: readonly ToldChange[];
}

export interface ToldChange {
  readonly revision: number;
  /** When the request came in and when the revision was durable. Milliseconds since the epoch. */
  readonly received: number;
  readonly committed: number;
  readonly user: string;
  readonly userAgent: string;
  /** The request's verb and path, such as `create` and `/api/v1/namespaces/default/pods`. */
  readonly verb: string;
  readonly path: string;
  /** Name, begin and end of each stage that took any time, in milliseconds after `received`; `store` is always there. */
  readonly stages: readonly (readonly [name: string, began: number, ended: number])[];
  /** Revisions that made the writer act. Empty: it acted of its own accord, or came from outside. */
  readonly causes: readonly number[];
  /** The writer did not say why: `causes` is what ownership, generations and the objects' own history suggest. */
  readonly inferred?: true;
  /** The trace id of the request's `traceparent` header. */
  readonly trace?: string;
  readonly notes: readonly Note[];
  /** What admission noted of the request for whoever audits: annotations of policies and webhooks. */
  readonly audit?: Readonly<Record<string, string>>;
  /** What was written, the object of the request first. */
  readonly objects: readonly ToldObject[];
}

export interface ToldObject {
  /** `/<group>/<resource>/<namespace>/<name>`, as in the store. */
  readonly key: string;
  readonly verb: "create" | "update" | "delete";
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly uid: string;
  /** The object's resourceVersion before and after. */
  readonly before?: number;
  readonly after?: number;
  readonly generation?: { readonly before?: number; readonly after?: number };
  /** The object that controls it. */
  readonly owner?: { readonly kind: string; readonly name: string; readonly uid: string; readonly key?: string };
  /** Of an Event: what it says, and about what. */
  readonly event?: ToldEvent;
  /** What changed; of a new object, what it is known by. */
  readonly fields: readonly ToldField[];
  /** So many more fields changed than are told. */
  readonly more?: number;
}

/** A field that changed, such as `spec.replicas` from `3` to `5`. Values are JSON, cut where they are long. */
export interface ToldField {
  /** List items by their name or type: `status.conditions[Ready].status`. */
  readonly path: string;
  readonly from?: string;
  readonly to?: string;
}

export interface ToldEvent {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly about: { readonly kind: string; readonly namespace?: string; readonly name: string; readonly uid?: string };
}
