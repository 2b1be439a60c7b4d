/**
 * What lets a machine join: a bootstrap token, what its holder may do, and for a control plane the cluster's keys, sealed.
 *
 * A join token is `<id>.<secret>`, for a control plane `<id>.<secret>.<key>`. The key opens this token's entry of the Secret
 * `tiphys-control-plane`; it is nowhere but in the token, so who reads the Secrets of kube-system still has no CA key.
 */
import { randomInt } from "node:crypto";
import { newSealKey, seal, unseal } from "../../../adapters/keys/sealed.ts";
import { Secret } from "../../../src/api/core/index.ts";
import { ClusterRoleBinding, Role, RoleBinding } from "../../../src/api/rbac/index.ts";
import type { Client } from "../../../src/client/index.ts";
import { isReason } from "../../../src/machinery/errors.ts";
import type { Kind, KubeObject } from "../../../src/machinery/kind.ts";
import { formatTime } from "../../../src/machinery/time.ts";
import { UserError } from "../command.ts";
import type { Datastore } from "../datastore.ts";

export type JoinRole = "control-plane" | "worker";

/** What a further control plane needs to be one. */
export interface ControlPlaneKeys {
  /** The files of the folder `pki` that all control planes share. */
  readonly pki: Readonly<Record<(typeof SHARED_FILES)[number], string>>;
  readonly datastore: Datastore;
  /** The EncryptionConfiguration, where there is one: without it nobody could read what the others have written. */
  readonly encryption?: string;
}

/** Of the folder `pki`: the keys of service account tokens, and the CA. The last one is written last: with it all are there. */
export const SHARED_FILES = ["sa.pub", "sa.key", "ca.crt", "ca.key"] as const;

export interface JoinToken {
  readonly id: string;
  /** The bearer token. */
  readonly bootstrap: string;
  /** Opens the keys; only of a control plane's token. */
  readonly key: string | undefined;
}

const KEYS = "tiphys-control-plane";
const NAMESPACE = "kube-system";
const GROUPS: Readonly<Record<JoinRole, string>> = {
  "control-plane": "system:bootstrappers:tiphys:control-plane",
  worker: "system:bootstrappers:tiphys:node",
};
const MANAGER = "tiphys-token";

export interface TokenOptions {
  readonly role: JoinRole;
  /** Milliseconds since the epoch. */
  readonly expires: number;
  /** For a control plane. */
  readonly keys?: ControlPlaneKeys;
}

/** Makes one; `client` is an administrator's. The result is the join token. */
export async function createJoinToken(client: Client, { role, expires, keys }: TokenOptions): Promise<string> {
  const [id, secret] = [randomText(6), randomText(16)];
  await grant(client, role);
  await client.create(Secret, {
    metadata: { name: `bootstrap-token-${id}`, namespace: NAMESPACE },
    type: "bootstrap.kubernetes.io/token",
    data: encoded({
      description: `Lets a ${role} join.`,
      "token-id": id,
      "token-secret": secret,
      expiration: formatTime(expires),
      "usage-bootstrap-authentication": "true",
      "auth-extra-groups": GROUPS[role],
    }),
  });
  if (keys === undefined) return `${id}.${secret}`;
  const key = newSealKey();
  await deposit(client, id, seal(JSON.stringify(keys), key));
  return `${id}.${secret}.${key}`;
}

export function parseJoinToken(text: string): JoinToken {
  const [, id, secret, key] = /^([a-z0-9]{6})\.([a-z0-9]{16})(?:\.([0-9a-f]{64}))?$/.exec(text) ?? [];
  if (id === undefined) throw new UserError('that is no join token: make one with "tiphys token create"');
  return { id, bootstrap: `${id}.${secret}`, key };
}

/** `client` holds the bootstrap token. */
export async function fetchKeys(client: Client, { id, key }: JoinToken): Promise<ControlPlaneKeys> {
  const { data = {} } = await client.get(Secret, KEYS, NAMESPACE);
  const sealed = data[id];
  if (sealed === undefined) throw new UserError("the cluster has no keys for this token: make another one");
  return JSON.parse(unseal(Buffer.from(sealed, "base64").toString(), key!)) as ControlPlaneKeys;
}

/** Adds the sealed keys of this token and drops those of tokens that are gone. */
async function deposit(client: Client, id: string, sealed: string): Promise<void> {
  const { items } = await client.list(Secret, {
    namespace: NAMESPACE,
    fieldSelector: "type=bootstrap.kubernetes.io/token",
  });
  const alive = new Set(items.map(({ metadata }) => metadata.name.slice("bootstrap-token-".length)));
  const there = await client.get(Secret, KEYS, NAMESPACE).catch((error: unknown) => {
    if (isReason(error, "NotFound")) return undefined;
    throw error;
  });
  const kept = Object.entries(there?.data ?? {}).filter(([name]) => alive.has(name));
  const data = { ...Object.fromEntries(kept), ...encoded({ [id]: sealed }) };
  if (there === undefined) await client.create(Secret, { metadata: { name: KEYS, namespace: NAMESPACE }, data });
  else await client.update(Secret, { ...there, data });
}

/** What holders of the tokens may do; the same each time. */
async function grant(client: Client, role: JoinRole): Promise<void> {
  const apply = async <T extends KubeObject>(kind: Kind<T>, object: T): Promise<void> => {
    const { name, namespace } = object.metadata;
    await client.patch(kind, name, namespace, { type: "apply", body: object }, { fieldManager: MANAGER, force: true });
  };
  const api = "rbac.authorization.k8s.io";
  const subjects = (group: string) => [{ apiGroup: api, kind: "Group", name: group }];
  if (role === "control-plane") {
    const metadata = { name: KEYS, namespace: NAMESPACE };
    const typed = (kind: string) => ({ apiVersion: `${api}/v1`, kind, metadata });
    const rules = [{ apiGroups: [""], resources: ["secrets"], resourceNames: [KEYS], verbs: ["get"] }];
    await apply(Role, { ...typed("Role"), rules } as unknown as Role);
    await apply(RoleBinding, {
      ...typed("RoleBinding"),
      subjects: subjects(GROUPS[role]),
      roleRef: { apiGroup: api, kind: "Role", name: KEYS },
    } as unknown as RoleBinding);
    return;
  }
  const requests = "system:certificates.k8s.io:certificatesigningrequests";
  for (const [name, group, roleName] of [
    ["tiphys:node-bootstrapper", GROUPS.worker, "system:node-bootstrapper"],
    ["tiphys:node-autoapprove-bootstrap", GROUPS.worker, `${requests}:nodeclient`],
    ["tiphys:node-autoapprove-certificate-rotation", "system:nodes", `${requests}:selfnodeclient`],
  ] as const) {
    await apply(ClusterRoleBinding, {
      apiVersion: `${api}/v1`,
      kind: "ClusterRoleBinding",
      metadata: { name },
      subjects: subjects(group),
      roleRef: { apiGroup: api, kind: "ClusterRole", name: roleName },
    } as unknown as ClusterRoleBinding);
  }
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

function randomText(length: number): string {
  return Array.from({ length }, () => LETTERS[randomInt(LETTERS.length)]).join("");
}

function encoded(data: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")]));
}
