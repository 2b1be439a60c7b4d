/**
 * Gives each pod its service account: the name, the pull secrets, and the volume with token and root certificate; and holds it
 * to the account's secrets where the account says so.
 */
import type { Pod, ServiceAccount } from "../../api/core/index.ts";
import { forbidden, unknownError } from "../../machinery/errors.ts";
import type { StatusError } from "../../machinery/errors.ts";
import type { Draft } from "../../machinery/kind.ts";
import type { Random } from "../../machinery/random.ts";
import { randomSuffix } from "../../machinery/random.ts";
import { remembering } from "../../machinery/remember.ts";
import type { Store } from "../../store/store.ts";
import { refersTo } from "../authorization/node-references.ts";
import { toldName } from "./admission.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "./admission.ts";
import { isLimited, unlistedEphemeralSecret, unlistedSecret } from "./mountable-secrets.ts";
import { PODS, createsPod, isMirror, podOf } from "./pods.ts";

const MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
const VOLUME = "kube-api-access-";
/** One hour, and seven seconds that tell upstream's kubelet tokens from others. */
const TOKEN_SECONDS = 3607;

export function serviceAccount(store: Store, random: Random): AdmissionPlugin {
  // One for all pods of an account, so that the specs of pods that are made alike stay alike.
  const volumeOf = remembering((_uid) => VOLUME + randomSuffix(random));
  return {
    name: "ServiceAccount",
    handles: (attributes) => createsPod(attributes) || addsContainers(attributes),
    admit(attributes) {
      if (addsContainers(attributes)) return;
      const pod = podOf(attributes);
      if (isMirror(pod)) return checkMirror(pod, attributes);
      pod.spec.serviceAccount = pod.spec.serviceAccountName ||= "default";
      const account = accountOf(attributes, store);
      if (pod.spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true)
        mountToken(pod, volumeOf(account.metadata.uid));
      if (!pod.spec.imagePullSecrets?.length && account.imagePullSecrets?.length) {
        pod.spec.imagePullSecrets = account.imagePullSecrets.map(({ name: secret }) => ({ name: secret }));
      }
    },
    validate(attributes) {
      const pod = podOf(attributes);
      if (isMirror(pod) && !addsContainers(attributes)) return checkMirror(pod, attributes);
      const account = accountOf(attributes, store);
      if (!isLimited(account)) return;
      const spec = pod.spec as Pod["spec"];
      const ephemeral = addsContainers(attributes) ? unlistedEphemeralSecret(spec, account) : undefined;
      // No refusal upstream, but an error.
      if (ephemeral !== undefined) throw unknownError(ephemeral);
      const unlisted = addsContainers(attributes) ? undefined : unlistedSecret(spec, account);
      if (unlisted !== undefined) throw refusal(attributes, unlisted);
    },
  };
}

const addsContainers = ({ operation, group, resource, subresource }: AdmissionAttributes): boolean =>
  operation === "UPDATE" && group === "" && resource === "pods" && subresource === "ephemeralcontainers";

const refusal = (attributes: AdmissionAttributes, why: string): StatusError =>
  forbidden(PODS, toldName(attributes), why);

/** Throws where there is none. */
function accountOf(attributes: AdmissionAttributes, store: Store): ServiceAccount {
  const { namespace = "", name: pod } = attributes;
  const name = podOf(attributes).spec.serviceAccountName;
  if (!name) throw refusal(attributes, `no service account specified for pod ${namespace}/${pod}`);
  const account = store.head(`/core/serviceaccounts/${namespace}/${name}`)?.object as ServiceAccount | undefined;
  if (account !== undefined) return account;
  const text = `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`;
  throw refusal(attributes, text);
}

function checkMirror(pod: Draft<Pod>, attributes: AdmissionAttributes): void {
  if (pod.spec.serviceAccountName) throw refusal(attributes, "a mirror pod may not reference service accounts");
  if (refersTo(pod, "secrets")) throw refusal(attributes, "a mirror pod may not reference secrets");
  for (const { projected } of pod.spec.volumes ?? []) {
    if (projected?.sources?.some((source) => source.serviceAccountToken)) {
      throw refusal(attributes, "a mirror pod may not use ServiceAccountToken volume projections");
    }
  }
}

/** Adds the volume only where a container has nothing at the path yet. */
function mountToken(pod: Draft<Pod>, fresh: string): void {
  const { spec } = pod;
  const existing = spec.volumes?.find(({ name }) => name.startsWith(VOLUME))?.name;
  const name = existing ?? fresh;
  let used = false;
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    if (container.volumeMounts?.some(({ mountPath }) => mountPath === MOUNT_PATH)) continue;
    (container.volumeMounts ??= []).push({ name, readOnly: true, mountPath: MOUNT_PATH });
    used = true;
  }
  if (used && existing === undefined) (spec.volumes ??= []).push({ name, projected: tokenProjection() });
}

function tokenProjection() {
  return {
    sources: [
      { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: "token" } },
      { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      {
        downwardAPI: {
          items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
        },
      },
    ],
    defaultMode: 0o644,
  };
}
