/**
 * The way to webhooks, as a port: HTTPS POST to a server of somebody else.
 *
 * An implementation keeps connections for the next call, believes a server only as `ca` says, and hands over no answer
 * longer than `limit`. It rejects with an error in the words of Go's HTTP client (`dial tcp 10.0.0.1:443: connect:
 * connection refused`), because what went wrong is told to whoever made the request.
 */
export type WebhookCaller = (call: WebhookCall) => Promise<WebhookAnswer>;

export interface WebhookCall {
  /** `https://host:port/path?timeout=10s`; its host is the name the server's certificate must have. */
  readonly url: string;
  /** Where to connect to, where the URL only names a Service. */
  readonly address?: { readonly host: string; readonly port: number };
  /** PEM. Absent: the system's authorities. */
  readonly ca?: string;
  /** JSON. */
  readonly body: Uint8Array;
  /** The most bytes the answer may have. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

export interface WebhookAnswer {
  readonly status: number;
  /** The header Content-Type. */
  readonly contentType: string;
  readonly body: Uint8Array;
}
