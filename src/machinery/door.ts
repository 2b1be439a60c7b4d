/**
 * The one shape through which every part talks to an API server, and the API server to a kubelet.
 *
 * A door takes an {@link ApiRequest} and answers an {@link ApiResponse}. Doors only translate: the
 * HTTPS listener, the in-process function call, the MessagePort of a browser tab and the HTTP client
 * for a remote server all have this type, so whoever holds one does not know which it is.
 */
export type Door = (request: ApiRequest) => Promise<ApiResponse>;

export interface ApiRequest {
  /** Upper case: GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS. */
  readonly method: string;
  /** The decoded path without query, such as `/api/v1/namespaces/default/pods/web`. */
  readonly path: string;
  /** The query string without its `?`, as the client sent it; empty where there is none. */
  readonly query: string;
  /**
   * Header names in lower case; several values of one header joined by `, ` as HTTP allows, those of `impersonate-…` by line
   * feeds, since what they name may have commas.
   */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
  /** Who is at the other end, as far as the door itself can tell. Headers are not trusted here. */
  readonly peer: Peer;
  /** Aborts when the client goes away or the server stops. A watch ends then. */
  readonly signal: AbortSignal;
  /** The streams of an upgraded request (exec, attach, port-forward); see streams.ts. */
  readonly upgrade?: Upgrade;
  /** What made the sender act, for the story; only doors that trust their peer pass it on. */
  readonly cause?: Cause;
}

/**
 * What a request carries: bytes with the content type in the headers, or, through an in-process
 * door, the very object. An object is handed over for good: the sender never changes it again.
 */
export type RequestBody =
  | { readonly form: "bytes"; readonly bytes: Uint8Array }
  | { readonly form: "object"; readonly object: unknown };

export interface Peer {
  /** `host:port` of the remote end, or the name of the in-process part. */
  readonly address: string;
  /** Set by in-process doors: the caller is this user and needs no token. */
  readonly user?: UserInfo;
  /** The verified client certificate's subject: common name and organisations. */
  readonly certificate?: { readonly commonName: string; readonly organizations: readonly string[] };
  /** Why a presented client certificate was not believed: such a caller is not anonymous but refused. */
  readonly certificateError?: string;
}

/** As authentication.k8s.io/v1 UserInfo. */
export interface UserInfo {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export interface Cause {
  /** Revisions (resourceVersions) the sender saw change and acted on. At most 16 are kept. */
  readonly revisions: readonly number[];
  /** Facts worth telling beside the write: filtered nodes, scores, pull times. JSON, at most 16 KiB. */
  readonly notes?: readonly Note[];
}

/** One told step: what was done, when (milliseconds since the epoch) and with what outcome. */
export interface Note {
  readonly step: string;
  readonly began: number;
  readonly ended: number;
  readonly detail?: unknown;
}

export interface ApiResponse {
  readonly status: number;
  /** Header names in lower case. `warning` may hold several values, hence a list. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: ResponseBody;
}

/**
 * - `object`: one API object or Status. In-process callers take `object` itself (shared, read-only);
 *   a door that writes bytes calls `bytes()`, which is made once and in the negotiated encoding.
 * - `list`: as `object`, but `chunks()` yields the encoded list piece by piece from cached item bytes.
 * - `watch`: events until the iterable ends. A door that writes bytes asks each event for its `bytes()`.
 * - `bytes`: anything else that is complete (health checks, metrics, OpenAPI).
 * - `stream`: bytes as they come (logs, proxied bodies).
 * - `none`: no body (HEAD, 304, upgrades).
 */
export type ResponseBody =
  | { readonly form: "object"; readonly object: unknown; readonly bytes: () => Uint8Array }
  | { readonly form: "list"; readonly object: unknown; readonly chunks: () => Iterable<Uint8Array> }
  | { readonly form: "watch"; readonly events: AsyncIterable<readonly WatchEvent[]> }
  | { readonly form: "bytes"; readonly bytes: Uint8Array }
  | { readonly form: "stream"; readonly chunks: AsyncIterable<Uint8Array> }
  | { readonly form: "none" };

/** A watch yields batches, so that one wake-up and one socket write serve many events. */
export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  /** The object as in-process watchers see it: shared and read-only. */
  readonly object: unknown;
  /** The whole event, newline included, in the watch's encoding; made once for all its watchers. */
  bytes(): Uint8Array;
}

/**
 * An upgraded connection: numbered channels of bytes in both directions, the shape of Kubernetes'
 * remote commands whatever carries them (WebSocket or SPDY).
 *
 * The door that received the upgrade offers `protocols`; the handler accepts one and gets the
 * {@link Channels}. Worked example, `kubectl exec`: channel 0 is stdin, 1 stdout, 2 stderr,
 * 3 the error Status, 4 terminal resizes.
 */
export interface Upgrade {
  /** Subprotocols the client offered, best first, such as `v5.channel.k8s.io`. */
  readonly protocols: readonly string[];
  accept(protocol: string): Promise<Channels>;
}

export interface Channels {
  /** Frames from the other end in order; ends when the connection does. `end` marks a half-close. */
  readonly frames: AsyncIterable<Frame>;
  /** Resolves when the frame is handed to the transport (back-pressure). */
  send(frame: Frame): Promise<void>;
  /** Closes the connection; safe to call twice. */
  close(): Promise<void>;
}

export interface Frame {
  /** Remote commands: 0 to 4 as above. Port-forward: 2n data and 2n+1 error of the n-th connection. */
  readonly channel: number;
  readonly bytes: Uint8Array;
  /** True with the last frame of this channel in this direction. */
  readonly end?: boolean;
  /** Port-forward, first frame of a pair: the pod's port. */
  readonly port?: number;
}
