/**
 * An API server with everything it stands on: store, authentication, authorisation, admission, and the objects every
 * cluster starts with. The HTTPS door is opened where a port is given.
 */
import { builtinKinds } from "../../src/api/index.ts";
import type { Door } from "../../src/machinery/door.ts";
import { unknownError } from "../../src/machinery/errors.ts";
import type { KubeObject } from "../../src/machinery/kind.ts";
import { MetricRegistry } from "../../src/machinery/metrics.ts";
import type { SignatureVerifier } from "../../src/machinery/x509/signature.ts";
import { createScheme, type Scheme } from "../../src/machinery/scheme.ts";
import type { PodSecurityConfiguration } from "../../src/server/admission/pod-security/configuration.ts";
import { defaultPlugins } from "../../src/server/admission/plugins.ts";
import { webhookHost } from "../../src/server/admission/webhooks/host.ts";
import type { TokenAuthenticator } from "../../src/server/authentication/authenticator.ts";
import {
  anyToken,
  bearerAuthenticator,
  certificateAuthenticator,
  peerAuthenticator,
} from "../../src/server/authentication/authenticators.ts";
import { bootstrapTokens } from "../../src/server/authentication/bootstrap-tokens.ts";
import type { TokenKeys } from "../../src/server/authentication/keys.ts";
import { serviceAccountTokens } from "../../src/server/authentication/service-account-tokens.ts";
import { staticTokens } from "../../src/server/authentication/static-tokens.ts";
import { tokenIssuer } from "../../src/server/authentication/token-issuer.ts";
import { type Authorizer, firstOf } from "../../src/server/authorization/authorizer.ts";
import { NodeAuthorizer } from "../../src/server/authorization/node.ts";
import { mastersAuthorizer, RbacAuthorizer } from "../../src/server/authorization/rbac.ts";
import { bootstrap } from "../../src/server/bootstrap/bootstrap.ts";
import {
  apiAudiences,
  DEFAULT_FLAGS,
  type ExtensionConnector,
  type Flags,
  type Forks,
  type NamedMoments,
  type NodeConnector,
} from "../../src/server/parts.ts";
import { keepFlowControl } from "../../src/server/flow/upkeep.ts";
import { expireEvents } from "../../src/server/event-expiry.ts";
import { keepIdentityLease } from "../../src/server/identity-lease.ts";
import { keepKubernetesEndpoints, onlyThisServer } from "../../src/server/kubernetes-endpoints.ts";
import { type ApiServer, createApiServer } from "../../src/server/server.ts";
import type { WebhookCaller } from "../../src/server/webhooks/caller.ts";
import { webhookClient } from "../../src/server/webhooks/client.ts";
import { MasterLeases } from "../../src/store/master-leases.ts";
import { assertWhole } from "../../src/store/migration/migrate.ts";
import { REGISTRY } from "../../src/store/registry-layout.ts";
import type { Store } from "../../src/store/store.ts";
import { openClusterStore, type StoreSettings } from "./cluster-store.ts";

export interface ApiServerSettings extends StoreSettings {
  /** Under this host's name the server keeps its Lease in kube-system; absent: it keeps none. */
  readonly hostname?: string;
  /** One that is there already, such as a fork; in place of a journal. Closed with the server. */
  readonly store?: Store;
  readonly keys: TokenKeys;
  /** Of requests for certificates; absent: their signatures are believed until somebody signs them. */
  readonly verifySignature?: SignatureVerifier;
  /** PEM, for the config map that extension servers read. */
  readonly clientCa?: string;
  /** Upstream's token file, its text. */
  readonly tokenFile?: string;
  readonly flags?: Partial<Flags>;
  /** The first address of the service range. Default: of upstream's default range. */
  readonly serviceIp?: string;
  /** Default: the issuer. */
  readonly audiences?: readonly string[];
  readonly nodes?: NodeConnector;
  /** How to reach other API servers that APIServices name. */
  readonly extensions?: ExtensionConnector;
  /** How to reach webhooks; `none`: what they would say is left out, as in a copy that must touch nothing outside. */
  readonly webhooks?: WebhookCaller | "none";
  readonly moments?: NamedMoments;
  readonly forks?: Forks;
  /** What pods must meet where their namespace says nothing, and who is exempt. */
  readonly podSecurity?: PodSecurityConfiguration;
  /** `AlwaysAllow`, or Node and RBAC (the default). */
  readonly authorization?: "rbac" | "always-allow";
  /** Whether tokens are taken that let machines join; see src/server/authentication/bootstrap-tokens.ts. */
  readonly bootstrapTokens?: boolean;
}

export interface RunningApiServer {
  readonly door: Door;
  readonly server: ApiServer;
  readonly store: Store;
  /** Makes or completes the objects every cluster starts with; `advertise` is where the server listens. */
  bootstrap(advertise?: { readonly address: string; readonly port: number }): Promise<void>;
  /** Tells the other servers and the cluster's members that this one goes; before its listener closes. */
  leave(): Promise<void>;
  /** Ends what runs, and the store. What was acknowledged is durable already. */
  close(): Promise<void>;
}

const SERVICE_IP = "10.96.0.1";

export async function startApiServer(settings: ApiServerSettings): Promise<RunningApiServer> {
  const { clock, random, log, keys } = settings;
  const scheme = createScheme(builtinKinds);
  const store = await openWhole(settings, scheme);
  const flags: Flags = { ...DEFAULT_FLAGS, apiAudiences: settings.audiences ?? [], ...settings.flags };
  const issuer = flags.serviceAccountIssuer;
  const audiences = apiAudiences(flags);
  const tokens: TokenAuthenticator[] = [serviceAccountTokens({ store, keys, clock, issuer, apiAudiences: audiences })];
  if (settings.bootstrapTokens) tokens.push(bootstrapTokens(store, clock));
  if (settings.tokenFile !== undefined) tokens.unshift(staticTokens(settings.tokenFile));
  const rbac = new RbacAuthorizer(store);
  const authorizer: Authorizer =
    settings.authorization === "always-allow"
      ? { authorize: () => ({ verdict: "allow" }) }
      : firstOf([mastersAuthorizer, new NodeAuthorizer(store), rbac]);
  const stopExpiry = expireEvents(store, clock, (error) => {
    log.warn("old events could not be removed", { error: String(error) });
  });
  const registry = new MetricRegistry();
  const caller = settings.webhooks === "none" ? undefined : settings.webhooks;
  const webhooks = webhookClient({ store, clock, random, caller });
  const hooks =
    settings.webhooks === "none"
      ? undefined
      : webhookHost({ store, scheme, authorizer, clock, random, client: webhooks, registry });
  const server = createApiServer({
    store,
    scheme,
    clock,
    random,
    log,
    registry,
    webhooks,
    authenticators: [peerAuthenticator, certificateAuthenticator, bearerAuthenticator(anyToken(tokens))],
    tokens,
    authorizer,
    admission: defaultPlugins({
      store,
      scheme,
      random,
      rbac,
      authorizer,
      podSecurity: settings.podSecurity,
      webhooks: hooks,
    }),
    issuer: tokenIssuer({ keys, clock, random, issuer, apiAudiences: audiences }),
    tokenKeys: keys,
    verifySignature: settings.verifySignature,
    nodes: settings.nodes,
    extensions: settings.extensions,
    moments: settings.moments,
    forks: settings.forks,
    flags,
  });
  const { door } = server;
  const { database, databasePrefix = REGISTRY, hostname } = settings;
  const leases = database === undefined ? onlyThisServer() : new MasterLeases(database, `${databasePrefix}/`);
  const leaves: (() => Promise<void> | void)[] = [];
  const leave = async (): Promise<void> => {
    await Promise.all(leaves.splice(0).map((each) => each()));
  };
  return {
    door,
    server,
    store,
    async bootstrap(advertise) {
      await bootstrap({
        door,
        signal: new AbortController().signal,
        served: servedGroups(),
        serviceCidr: flags.serviceClusterIPRange,
        serviceIp: settings.serviceIp ?? SERVICE_IP,
        port: advertise?.port,
        clientCa: settings.clientCa,
      });
      if (hostname !== undefined) leaves.push(keepIdentityLease({ door, hostname, clock, random, log }));
      if (advertise !== undefined) {
        leaves.push(await keepKubernetesEndpoints({ door, leases, ...advertise, clock, log }));
      }
      leaves.push(await keepFlowControl({ door, store, clock, log }));
    },
    leave,
    async close() {
      await leave();
      stopExpiry();
      server.close();
      rbac.policy.stop();
      await store.close();
      settings.encryption?.close();
    },
  };
}

async function openWhole(settings: ApiServerSettings, scheme: Scheme): Promise<Store> {
  const store = settings.store ?? (await openClusterStore(settings, scheme));
  try {
    assertWhole(store);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Each group and version once, the core group first. */
function servedGroups(): { group: string; version: string }[] {
  const seen = new Map<string, { group: string; version: string }>();
  for (const { group, version } of builtinKinds) seen.set(`${group}/${version}`, { group, version });
  return [...seen.values()].toSorted((a, b) => (a.group === b.group ? 0 : a.group < b.group ? -1 : 1));
}

/** The doors of nodes: those in this process directly, others over HTTPS to the address the Node names. */
export function nodeConnector(
  local: ReadonlyMap<string, Door>,
  remote: (url: string, node: string) => Door,
): NodeConnector {
  return (node) => {
    const door = local.get(node.metadata.name);
    return door ?? remote(kubeletUrl(node), node.metadata.name);
  };
}

interface NodeLike extends KubeObject {
  readonly status?: {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly daemonEndpoints?: { readonly kubeletEndpoint?: { readonly Port?: number } };
  };
}

function kubeletUrl(node: KubeObject): string {
  const { status } = node as NodeLike;
  const addresses = status?.addresses ?? [];
  const address = ["InternalIP", "ExternalIP", "Hostname"]
    .map((type) => addresses.find((one) => one.type === type)?.address)
    .find((one) => one !== undefined);
  if (address === undefined) {
    const known = addresses.map((one) => `{${one.type} ${one.address}}`).join(" ");
    throw unknownError(`no preferred addresses found; known addresses: [${known}]`);
  }
  const port = status?.daemonEndpoints?.kubeletEndpoint?.Port || 10_250;
  return `https://${address.includes(":") ? `[${address}]` : address}:${port}`;
}
