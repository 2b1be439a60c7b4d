/** What a controller wants done, as values. */
import type { DeleteOptions, NewObject, Patch } from "../../client/client.ts";
import type { Kind, KubeObject } from "../../machinery/kind.ts";

export interface Plan {
  /**
   * Done in this order. Writes of the same verb that follow each other go side by side: creates in batches of 1, 2,
   * 4 and so on, so that a quota or a webhook that refuses them all is not asked a thousand times.
   */
  readonly writes: readonly Write[];
  /** The new status; written only where it says something else than the present one. May look at what failed. */
  readonly status?: object | ((failures: readonly Failure[]) => object);
  /** When to look again though nothing changes, in milliseconds since the epoch. */
  readonly recheckAt?: number;
  /** What to tell of the object. */
  readonly events?: readonly Told[];
}

export interface Told {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  /** What it is told of, where that is not the plan's object. */
  readonly about?: KubeObject;
}

export type Write = CreateWrite | UpdateWrite | PatchWrite | DeleteWrite;

interface CommonWrite {
  readonly kind: Kind;
  /** Told of the object when it went well, or when it did not. */
  readonly done?: (object: KubeObject | undefined) => Told;
  readonly failed?: (error: Error) => Told | readonly Told[];
  /** Left out where a write before it failed. */
  readonly onlyIfAllWent?: boolean;
}

export interface CreateWrite extends CommonWrite {
  readonly verb: "create";
  readonly object: object;
  /** It is there already: as good as done. */
  readonly mayExist?: boolean;
}

export interface UpdateWrite extends CommonWrite {
  readonly verb: "update";
  readonly object: KubeObject;
  readonly subresource?: string;
}

export interface PatchWrite extends CommonWrite {
  readonly verb: "patch";
  readonly object: KubeObject;
  readonly patch: Patch;
  readonly subresource?: string;
  /** Adoption: only when a live read shows that the owner is still there and not being deleted. */
  readonly onlyIfOwnerLives?: boolean;
}

export interface DeleteWrite extends CommonWrite {
  readonly verb: "delete";
  readonly object: KubeObject;
  readonly options?: DeleteOptions;
}

export interface Failure {
  readonly write: Write;
  readonly error: Error;
}

type Say = Pick<CommonWrite, "done" | "failed" | "onlyIfAllWent">;

export function create<T extends KubeObject>(
  kind: Kind<T>,
  object: NewObject<T>,
  say?: Say & { readonly mayExist?: boolean },
): CreateWrite {
  return { verb: "create", kind, object, ...say };
}

export function update<T extends KubeObject>(
  kind: Kind<T>,
  object: T,
  say?: Say & { readonly subresource?: string },
): UpdateWrite {
  return { verb: "update", kind, object, ...say };
}

export function patch<T extends KubeObject>(
  kind: Kind<T>,
  object: T,
  change: Patch,
  say?: Say & { readonly subresource?: string; readonly onlyIfOwnerLives?: boolean },
): PatchWrite {
  return { verb: "patch", kind, object, patch: change, ...say };
}

/** Deletes exactly this object: one of the same name that came later is left alone. */
export function remove<T extends KubeObject>(
  kind: Kind<T>,
  object: T,
  say?: Say & { readonly options?: DeleteOptions },
): DeleteWrite {
  return { verb: "delete", kind, object, ...say };
}

export const normal = (reason: string, message: string): Told => ({ type: "Normal", reason, message });
export const warning = (reason: string, message: string): Told => ({ type: "Warning", reason, message });
