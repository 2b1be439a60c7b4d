/** Gives each pod its service account: the name, the pull secrets, and the volume with token and root certificate. */
import type { Pod, ServiceAccount } from "../../api/core/index.ts";
import { forbidden } from "../../machinery/errors.ts";
import type { Draft } from "../../machinery/kind.ts";
import type { Random } from "../../machinery/random.ts";
import { randomSuffix } from "../../machinery/random.ts";
import { remembering } from "../../machinery/remember.ts";
import type { Store } from "../../store/store.ts";
import type { AdmissionPlugin } from "./admission.ts";
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
    handles: createsPod,
    admit(attributes) {
      const pod = podOf(attributes);
      const refuse = (why: string): never => {
        throw forbidden(PODS, attributes.name, why);
      };
      if (isMirror(pod)) return checkMirror(pod, refuse);
      const namespace = attributes.namespace!;
      const name = (pod.spec.serviceAccountName ||= "default");
      pod.spec.serviceAccount = name;
      const found = store.head(`/core/serviceaccounts/${namespace}/${name}`)?.object as ServiceAccount | undefined;
      const account =
        found ?? refuse(`error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`);
      if (pod.spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true)
        mountToken(pod, volumeOf(account.metadata.uid));
      if (!pod.spec.imagePullSecrets?.length && account.imagePullSecrets?.length) {
        pod.spec.imagePullSecrets = account.imagePullSecrets.map(({ name: secret }) => ({ name: secret }));
      }
    },
  };
}

function checkMirror(pod: Draft<Pod>, refuse: (why: string) => never): void {
  if (pod.spec.serviceAccountName) refuse("a mirror pod may not reference service accounts");
  for (const { secret, projected } of pod.spec.volumes ?? []) {
    if (secret) refuse("a mirror pod may not reference secrets");
    if (projected?.sources?.some((source) => source.serviceAccountToken)) {
      refuse("a mirror pod may not use ServiceAccountToken volume projections");
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
