/**
 * How every part but the server itself talks to the cluster. The same interface over an in-process door, over
 * HTTPS to any Kubernetes API server, and over a MessagePort.
 *
 * Objects that come back are shared and read-only. Failures are thrown as StatusError (machinery/errors.ts).
 */
import type { ApiRequest, ApiResponse, Cause } from "../machinery/door.ts";
import type { Kind, KubeObject, Sketch } from "../machinery/kind.ts";

export interface Client {
  get<T extends KubeObject>(kind: Kind<T>, name: string, namespace?: string, options?: GetOptions): Promise<T>;
  list<T extends KubeObject>(kind: Kind<T>, options?: ListOptions): Promise<ObjectList<T>>;
  /** Ends when the server ends it or `signal` aborts; an ERROR event is thrown as StatusError. */
  watch<T extends KubeObject>(kind: Kind<T>, options: WatchOptions): AsyncIterable<readonly ObjectEvent<T>[]>;
  create<T extends KubeObject>(kind: Kind<T>, object: NewObject<T>, options?: WriteOptions): Promise<T>;
  /** Replaces the object (or its subresource); its resourceVersion, where set, is the precondition. */
  update<T extends KubeObject>(kind: Kind<T>, object: T, options?: WriteOptions): Promise<T>;
  patch<T extends KubeObject>(
    kind: Kind<T>,
    name: string,
    namespace: string | undefined,
    patch: Patch,
    options?: WriteOptions,
  ): Promise<T>;
  delete(kind: Kind, name: string, namespace?: string, options?: DeleteOptions): Promise<void>;
  deleteCollection(kind: Kind, options: ListOptions & DeleteOptions): Promise<void>;
  /** POST or GET of a subresource that speaks another kind: binding, eviction, token, scale. */
  subresource<R>(
    kind: Kind,
    name: string,
    namespace: string | undefined,
    subresource: string,
    body?: unknown,
    options?: WriteOptions,
  ): Promise<R>;
  /** Anything else. Headers, peer and signal are filled in where missing. */
  request(request: Partial<ApiRequest> & Pick<ApiRequest, "method" | "path">): Promise<ApiResponse>;
}

/** What a caller gives for a new object: as much as he likes; the server defaults, fills in and checks the rest. */
export type NewObject<T extends KubeObject> = Sketch<Omit<T, "metadata">> & {
  readonly metadata: Sketch<T["metadata"]>;
};

export interface Patch {
  readonly type: "json" | "merge" | "strategic" | "apply";
  readonly body: unknown;
}

export interface GetOptions {
  readonly resourceVersion?: string;
  readonly signal?: AbortSignal;
}

export interface ListOptions {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: "Exact" | "NotOlderThan";
  readonly signal?: AbortSignal;
}

export interface WatchOptions extends ListOptions {
  readonly allowWatchBookmarks?: boolean;
  readonly sendInitialEvents?: boolean;
  readonly timeoutSeconds?: number;
}

export interface WriteOptions {
  readonly subresource?: string;
  readonly fieldManager?: string;
  /** Only for apply. */
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly cause?: Cause;
  readonly signal?: AbortSignal;
}

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: "Orphan" | "Background" | "Foreground";
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: boolean;
  readonly cause?: Cause;
  readonly signal?: AbortSignal;
}

export interface ObjectList<T> {
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly items: readonly T[];
}

export interface ObjectEvent<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly object: T;
}

/** A local, always current copy of a list (client-go's shared informer). See informer.ts. */
export interface Informer<T extends KubeObject> {
  readonly kind: Kind<T>;
  /** Resolves when the first list is in. */
  readonly synced: Promise<void>;
  readonly hasSynced: boolean;
  /** The revision the copy has reached. */
  readonly revision: number;
  get(name: string, namespace?: string): T | undefined;
  /** All, or those of one namespace; a live view that must not be kept. */
  list(namespace?: string): Iterable<T>;
  /** Objects whose index function gives `value`; indices are named when the informer is made. */
  byIndex(index: string, value: string): readonly T[];
  /** Calls `handler` for each change, first with ADDED for what is there. Returns how to stop. */
  subscribe(handler: InformerHandler<T>): () => void;
}

export type InformerHandler<T> = (event: {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: T;
  readonly previous?: T;
}) => void;

/** One informer a kind and selector, shared by all who ask; started on first use. */
export interface Informers {
  of<T extends KubeObject>(kind: Kind<T>, options?: InformerOptions<T>): Informer<T>;
  /** Resolves when all informers asked for so far have synced. */
  synced(): Promise<void>;
  stop(): void;
}

export interface InformerOptions<T> {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly indices?: Readonly<Record<string, (object: T) => readonly string[]>>;
}
