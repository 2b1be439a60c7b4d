/**
 * In what two moments of a cluster differ, as `GET /tiphys/v1/diff` tells it and `tiphys diff` shows it.
 *
 *     { "kind": "DifferenceList", "apiVersion": "tiphys/v1", "from": { "revision": 231 }, "to": { … }, "items": [ … ] }
 */
import type { ToldField } from "./told-change.ts";

export interface DifferenceList {
  readonly kind: "DifferenceList";
  readonly apiVersion: "tiphys/v1";
  readonly from: ToldMoment;
  readonly to: ToldMoment;
  /** By group, resource, namespace and name. */
  readonly items: readonly ToldDifference[];
  /** There are more than one answer takes: ask for a namespace or a resource. */
  readonly truncated?: true;
}

export interface ToldMoment {
  /** As it was asked for: `1234`, `15m`, `fork`. */
  readonly moment: string;
  readonly revision: number;
  /** When the revision was durable, RFC 3339; absent where that is not known any more. */
  readonly time?: string;
}

export interface ToldDifference {
  readonly verb: "created" | "changed" | "deleted";
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  /** What changed; of an object that came, what it is known by. */
  readonly fields: readonly ToldField[];
  /** So many more fields changed than are told. */
  readonly more?: number;
}
