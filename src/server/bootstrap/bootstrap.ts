/**
 * Creates what every cluster starts with, through the API like everything else. Objects that are there stay as they
 * are, apart from the RBAC policy: while an object of it is marked for autoupdate, rules and subjects it lacks are put back.
 */
import type { Door } from "../../machinery/door.ts";
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
import { OwnRequests } from "../own-requests.ts";
import type { Reconcile, Thing } from "../own-requests.ts";

export interface BootstrapOptions {
  readonly door: Door;
  readonly signal: AbortSignal;
  /** The groups and versions served, each of which gets its APIService. */
  readonly served: readonly { readonly group: string; readonly version: string }[];
  readonly serviceCidr: string;
  /** The first address of the range: the `kubernetes` Service's. */
  readonly serviceIp: string;
  /** Where this server listens; absent where it does not (library, browser). */
  readonly port?: number;
  /** PEM of the certificate authority that client certificates are checked against. */
  readonly clientCa?: string;
}

/** Resolves when all is there. Run at every start; a second run writes nothing. */
export async function bootstrap(options: BootstrapOptions): Promise<void> {
  const api = new OwnRequests(options.door, options.signal);
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
  const api = new OwnRequests(options.door, options.signal);
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

/** The Service; what it leads to is kept by the servers together (see ../kubernetes-endpoints.ts). */
async function ensureKubernetesService(api: OwnRequests, { serviceIp, port = 6443 }: BootstrapOptions): Promise<void> {
  const metadata = { name: "kubernetes", namespace: "default" };
  await api.ensure("/api/v1", "services", [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { ...metadata, labels: { component: "apiserver", provider: "kubernetes" } },
      spec: {
        type: "ClusterIP",
        clusterIP: serviceIp,
        ports: [{ name: "https", protocol: "TCP", port: 443, targetPort: port }],
        sessionAffinity: "None",
      },
    },
  ]);
}

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
