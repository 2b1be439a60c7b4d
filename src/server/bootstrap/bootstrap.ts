/**
 * Creates what every cluster starts with, through the API like everything else. Objects that are there stay as they
 * are, apart from the RBAC policy: while an object of it is marked for autoupdate, rules and subjects it lacks are put back.
 */
import type { ApiRequest, Door } from "../../machinery/door.ts";
import { StatusError, statusOf } from "../../machinery/errors.ts";
import type { Status } from "../../machinery/errors.ts";
import { API_SERVER } from "../authentication/authenticators.ts";
import { notCovered } from "../authorization/rbac-escalation.ts";
import { clusterRoleBindings, roleBindings, roles } from "./bindings.ts";
import { clusterRoles } from "./cluster-roles.ts";
import { controllerRoles } from "./controller-roles.ts";
import {
  extensionAuthentication,
  flowSchemas,
  localApiService,
  namespaces,
  priorityClasses,
  priorityLevels,
} from "./objects.ts";
import { deepEqual } from "../objects.ts";
import type { PolicyRule, Subject } from "./policy.ts";
import { account, clusterRoleBinding } from "./policy.ts";

export interface BootstrapOptions {
  readonly door: Door;
  readonly signal: AbortSignal;
  /** The groups and versions served, each of which gets its APIService. */
  readonly served: readonly { readonly group: string; readonly version: string }[];
  readonly serviceCidr: string;
  /** The first address of the range: the `kubernetes` Service's. */
  readonly serviceIp: string;
  /** Where the `kubernetes` Service leads; absent where nobody listens (library, browser). */
  readonly advertise?: { readonly address: string; readonly port: number };
  /** PEM of the certificate authority that client certificates are checked against. */
  readonly clientCa?: string;
}

interface Thing {
  readonly [field: string]: unknown;
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

/** Resolves when all is there. Run at every start; a second run writes nothing. */
export async function bootstrap(options: BootstrapOptions): Promise<void> {
  const api = new Requests(options);
  await api.ensure("/api/v1", "namespaces", namespaces);
  const rbac = "/apis/rbac.authorization.k8s.io/v1";
  const bindings = [
    ...clusterRoleBindings,
    ...controllerRoles.map(({ metadata: { name } }) =>
      clusterRoleBinding(name, name, [account(name.slice(CONTROLLER.length))]),
    ),
  ];
  await Promise.all([
    api.ensure(rbac, "clusterroles", [...clusterRoles, ...controllerRoles], missingRules),
    api.ensure(rbac, "clusterrolebindings", bindings, missingSubjects),
    api.ensure(rbac, "roles", roles, missingRules),
    api.ensure(rbac, "rolebindings", roleBindings, missingSubjects),
    api.ensure("/apis/scheduling.k8s.io/v1", "priorityclasses", priorityClasses),
    ensureFlowControl(options),
    api.ensure(
      "/apis/apiregistration.k8s.io/v1",
      "apiservices",
      options.served.map(({ group, version }) => localApiService(group, version)),
    ),
    api.ensure("/apis/networking.k8s.io/v1", "servicecidrs", [serviceCidr(options.serviceCidr)]),
    options.clientCa &&
      api.ensure("/api/v1", "configmaps", [extensionAuthentication(options.clientCa, options.clientCa)]),
    ensureKubernetesService(api, options),
  ]);
}

/** The FlowSchemas and priority levels alone: what is missing, and specs that are to be as they were. */
export async function ensureFlowControl(options: Pick<BootstrapOptions, "door" | "signal">): Promise<void> {
  const api = new Requests(options);
  const group = "/apis/flowcontrol.apiserver.k8s.io/v1";
  await Promise.all([
    api.ensure(group, "prioritylevelconfigurations", priorityLevels, keptSpec),
    api.ensure(group, "flowschemas", flowSchemas, keptSpec),
  ]);
}

const CONTROLLER = "system:controller:";

const serviceCidr = (cidr: string) => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "ServiceCIDR",
  metadata: { name: "kubernetes" },
  spec: { cidrs: [cidr] },
});

/** The Service, and the Endpoints and EndpointSlice that lead to this server. */
async function ensureKubernetesService(api: Requests, { serviceIp, advertise }: BootstrapOptions): Promise<void> {
  const metadata = { name: "kubernetes", namespace: "default" };
  const targetPort = advertise?.port ?? 6443;
  await api.ensure("/api/v1", "services", [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { ...metadata, labels: { component: "apiserver", provider: "kubernetes" } },
      spec: {
        type: "ClusterIP",
        clusterIP: serviceIp,
        ports: [{ name: "https", protocol: "TCP", port: 443, targetPort }],
        sessionAffinity: "None",
      },
    },
  ]);
  if (!advertise) return;
  const ports = [{ name: "https", port: advertise.port, protocol: "TCP" }];
  await api.put("/api/v1", "endpoints", {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { ...metadata, labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } },
    subsets: [{ addresses: [{ ip: advertise.address }], ports }],
  });
  await api.put("/apis/discovery.k8s.io/v1", "endpointslices", {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { ...metadata, labels: { "kubernetes.io/service-name": "kubernetes" } },
    addressType: advertise.address.includes(":") ? "IPv6" : "IPv4",
    endpoints: [{ addresses: [advertise.address], conditions: { ready: true } }],
    ports,
  });
}

/** The object with what it lacks put back, or undefined where it lacks nothing or nobody asked for upkeep. */
type Reconcile = (wanted: Thing, found: Thing) => Thing | undefined;

interface Annotated {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
}

function isKept(found: Thing): boolean {
  const annotations = (found as unknown as Annotated).metadata.annotations;
  return annotations?.["rbac.authorization.kubernetes.io/autoupdate"] === "true";
}

const missingRules: Reconcile = (wanted, found) => {
  const held = (found as { rules?: readonly PolicyRule[] | null }).rules ?? [];
  const missing = notCovered((wanted as { rules?: readonly PolicyRule[] }).rules ?? [], held);
  return missing.length && isKept(found) ? ({ ...found, rules: [...held, ...missing] } as Thing) : undefined;
};

const missingSubjects: Reconcile = (wanted, found) => {
  const held = (found as { subjects?: readonly Subject[] }).subjects ?? [];
  const missing = ((wanted as { subjects?: readonly Subject[] }).subjects ?? []).filter(
    (subject) =>
      !held.some(
        ({ kind, name, namespace }) =>
          kind === subject.kind && name === subject.name && namespace === subject.namespace,
      ),
  );
  return missing.length && isKept(found) ? ({ ...found, subjects: [...held, ...missing] } as Thing) : undefined;
};

/** Without these two no request would find a level: nobody may change them. */
const MANDATORY: ReadonlySet<string> = new Set(["exempt", "catch-all"]);
const AUTOUPDATE = "apf.kubernetes.io/autoupdate-spec";

/** An administrator who wants a suggested object otherwise says so in its annotation. */
const keptSpec: Reconcile = (wanted, found) => {
  const kept = { ...(wanted["spec"] as object), ...ownSpec(found) };
  const annotation = (found as unknown as Annotated).metadata.annotations?.[AUTOUPDATE];
  if (!MANDATORY.has(found.metadata.name) && annotation !== "true") return undefined;
  return deepEqual(kept, found["spec"]) ? undefined : { ...found, spec: kept };
};

/** How many seats the exempt level lends is the administrator's to say. */
function ownSpec({ kind, metadata, ...rest }: Thing): object {
  const { exempt } = (rest["spec"] ?? {}) as { exempt?: object };
  return kind === "PriorityLevelConfiguration" && metadata.name === "exempt" && exempt ? { exempt } : {};
}

class Requests {
  readonly #door: Door;
  readonly #signal: AbortSignal;

  constructor({ door, signal }: Pick<BootstrapOptions, "door" | "signal">) {
    this.#door = door;
    this.#signal = signal;
  }

  /** Creates those of `things` that are not there; one list tells which. */
  async ensure(prefix: string, resource: string, things: readonly Thing[], reconcile?: Reconcile): Promise<void> {
    const { items } = (await this.#send("GET", `${prefix}/${resource}`)) as { items: readonly Thing[] };
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

  /** Creates the thing, or makes what is there equal to it. */
  async put(prefix: string, resource: string, thing: Thing): Promise<void> {
    const path = pathOf(prefix, resource, thing);
    const created = await this.#unless(409, this.#send("POST", path, thing));
    if (created === undefined) await this.#send("PUT", `${path}/${thing.metadata.name}`, thing);
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

function pathOf(prefix: string, resource: string, { metadata: { namespace } }: Thing): string {
  return namespace === undefined ? `${prefix}/${resource}` : `${prefix}/namespaces/${namespace}/${resource}`;
}
