/**
 * What the server is made of, as the stages and verbs see it. Everything from outside is a port.
 */
import type { Clock } from "../machinery/clock.ts";
import type { Door } from "../machinery/door.ts";
import type { KubeObject } from "../machinery/kind.ts";
import type { Log } from "../machinery/log.ts";
import type { Random } from "../machinery/random.ts";
import type { Scheme } from "../machinery/scheme.ts";
import type { SignatureVerifier } from "../machinery/x509/signature.ts";
import type { ForkRequest, ToldFork } from "../machinery/told-fork.ts";
import type { Snapshot, Store } from "../store/store.ts";
import type { RecentModes } from "./impersonation/recent-modes.ts";
import type { Turns } from "./turns.ts";
import type { AdmissionPlugin } from "./admission/admission.ts";
import type { Aggregation } from "./aggregation/aggregation.ts";
import type { Authenticator, TokenAuthenticator } from "./authentication/authenticator.ts";
import type { TokenKeys } from "./authentication/keys.ts";
import type { Authorizer } from "./authorization/authorizer.ts";
import type { FlowControl } from "./flow/flow-control.ts";
import type { ServerMetrics } from "./metrics.ts";
import type { Routes } from "./routes.ts";
import type { WebhookClient } from "./webhooks/client.ts";

/** Makes the tokens that `serviceaccounts/token` hands out. */
export interface TokenIssuer {
  issue(request: TokenToIssue): Promise<{ readonly token: string; readonly expirationTimestamp: string }>;
}

export interface TokenToIssue {
  readonly namespace: string;
  readonly serviceAccount: { readonly name: string; readonly uid: string };
  /** Empty: the issuer's own audience. */
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  /** The object the token is bound to: it ends with it. */
  readonly boundTo?: {
    readonly kind: string;
    readonly apiVersion: string;
    readonly name: string;
    readonly uid: string;
  };
  /** The node of the bound pod, where it has one. */
  readonly node?: { readonly name: string; readonly uid?: string };
}

/**
 * The kubelet of a node, as a door that speaks its API: `/containerLogs/{namespace}/{pod}/{container}`,
 * `/exec/…`, `/attach/…`, `/portForward/{namespace}/{pod}`, `/pods`, `/metrics`.
 */
export type NodeConnector = (node: KubeObject) => Door;

/** Opens plain HTTP to an address inside the cluster, for `proxy` of pods and services. */
export type AddressConnector = (target: {
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly port: number;
}) => Door;

/**
 * Opens HTTPS to an extension API server as the front proxy: with its client certificate, and for each request the
 * user of `peer.user` in the headers X-Remote-User, X-Remote-Group and X-Remote-Extra-….
 */
export type ExtensionConnector = (target: {
  readonly host: string;
  readonly port: number;
  /** The name its certificate must have. */
  readonly serverName: string;
  /** PEM. Absent: the system's authorities. */
  readonly ca: string | undefined;
  /** Its certificate is not checked. */
  readonly insecure: boolean;
}) => { readonly door: Door; close(): void };

/** Whoever can make further clusters of this one. */
export interface Forks {
  list(): readonly ToldFork[];
  /** Nobody has the name yet. Throws StatusError where what is asked for cannot be. */
  create(request: ForkRequest): Promise<ToldFork>;
  remove(name: string): Promise<void>;
}

/** Other states that a diff can name: `fork` and `origin` on a fork, `fork/NAME` on the cluster that has it. */
export type NamedMoments = (name: string) => Snapshot | undefined;

export interface Parts {
  readonly store: Store;
  readonly scheme: Scheme;
  readonly authenticators: readonly Authenticator[];
  readonly tokens: readonly TokenAuthenticator[];
  readonly authorizer: Authorizer;
  readonly admission: readonly AdmissionPlugin[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly issuer?: TokenIssuer;
  /** Published under `/openid/v1/jwks`. */
  readonly tokenKeys?: Pick<TokenKeys, "publicKeys" | "algorithms">;
  /** Of requests for certificates. Absent: whoever signs them is to check it. */
  readonly verifySignature?: SignatureVerifier;
  readonly nodes?: NodeConnector;
  readonly addresses?: AddressConnector;
  readonly extensions?: ExtensionConnector;
  /** Converts custom resources; admission has its own. */
  readonly webhooks: WebhookClient;
  readonly moments?: NamedMoments;
  readonly forks?: Forks;
  readonly flags: Flags;
  readonly recentModes: RecentModes;
  readonly requestIds: { next(): string };
  readonly metrics: ServerMetrics;
  readonly routes: Routes;
  readonly aggregation: Aggregation;
  readonly flow: FlowControl;
  readonly load: { inFlight: number };
  /** Of writers of the same object. */
  readonly turns: Turns;
}

/** Settings with upstream's names and defaults. */
export interface Flags {
  readonly serviceClusterIPRange: string;
  readonly serviceNodePortRange: readonly [first: number, last: number];
  readonly serviceAccountIssuer: string;
  /** What tokens are meant for that are meant for this server; none: the issuer. */
  readonly apiAudiences: readonly string[];
  /** `host:port` under which clients reach this server, where it tells them. */
  readonly advertiseAddress: string;
  /** Requests being served at once, watches and those of exempt priority levels not counted. */
  readonly maxRequestsInFlight: number;
  /** The largest body, in bytes. */
  readonly maxBodyBytes: number;
  /** Watches without `timeoutSeconds` live between this and twice as long, in seconds. */
  readonly minRequestTimeout: number;
}

export const DEFAULT_FLAGS: Flags = {
  serviceClusterIPRange: "10.96.0.0/16",
  serviceNodePortRange: [30000, 32767],
  serviceAccountIssuer: "https://kubernetes.default.svc.cluster.local",
  apiAudiences: [],
  advertiseAddress: "127.0.0.1:6443",
  maxRequestsInFlight: 600,
  maxBodyBytes: 3 * 1024 * 1024,
  minRequestTimeout: 1800,
};

export function apiAudiences(flags: Pick<Flags, "apiAudiences" | "serviceAccountIssuer">): readonly string[] {
  return flags.apiAudiences.length > 0 ? flags.apiAudiences : [flags.serviceAccountIssuer];
}
