/**
 * Which Secrets, ConfigMaps, claims, volumes and service accounts the pods of each node refer to, kept current by a
 * watch on pods: a pod is looked at when it is bound, changed or gone. The mirror of a kubelet's own pod refers to nothing,
 * since the kubelet could have written into it whatever it wants to read. All pods at once are looked at when the first node asks,
 * and not before, since at a start most have not been read yet.
 */
import type { Change, Snapshot, Store } from "../../store/store.ts";
import { isMirror } from "../admission/pods.ts";
import type { ClaimedVolume } from "./volume-secrets.ts";
import { hasSecret } from "./volume-secrets.ts";

interface PodLike {
  readonly metadata: {
    readonly namespace?: string;
    readonly name: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly nodeName?: string;
    readonly serviceAccountName?: string;
    readonly imagePullSecrets?: readonly { readonly name?: string }[];
    readonly volumes?: readonly object[];
    readonly containers: readonly ContainerLike[];
    readonly initContainers?: readonly ContainerLike[];
    readonly ephemeralContainers?: readonly ContainerLike[];
    readonly resourceClaims?: readonly { readonly name: string; readonly resourceClaimName?: string }[];
  };
  readonly status?: {
    readonly resourceClaimStatuses?: readonly { readonly name: string; readonly resourceClaimName?: string }[];
    readonly extendedResourceClaimStatus?: { readonly resourceClaimName?: string };
  };
}

interface ContainerLike {
  readonly env?: readonly {
    readonly valueFrom?: { readonly secretKeyRef?: Named; readonly configMapKeyRef?: Named };
  }[];
  readonly envFrom?: readonly { readonly secretRef?: Named; readonly configMapRef?: Named }[];
}

interface Named {
  readonly name?: string;
}

/** Volumes of storage systems that ask for credentials. */
const WITH_SECRETS = ["cephfs", "cinder", "flexVolume", "iscsi", "rbd", "scaleIO", "storageos"] as const;

interface VolumeLike extends Readonly<Partial<Record<(typeof WITH_SECRETS)[number], { readonly secretRef?: Named }>>> {
  readonly azureFile?: { readonly secretName?: string };
  readonly secret?: { readonly secretName?: string };
  readonly configMap?: Named;
  readonly persistentVolumeClaim?: { readonly claimName: string };
  readonly ephemeral?: object;
  readonly name: string;
  readonly csi?: { readonly nodePublishSecretRef?: Named };
  readonly projected?: { readonly sources?: readonly { readonly secret?: Named; readonly configMap?: Named }[] };
}

const PODS = "/core/pods/";
const CLAIMS = "persistentvolumeclaims/";

/** Where objects are kept that say themselves on which node they are. */
const OWN: Readonly<Record<string, string>> = {
  pods: PODS,
  "storage.k8s.io/volumeattachments": "/storage.k8s.io/volumeattachments/",
  "resource.k8s.io/resourceslices": "/resource.k8s.io/resourceslices/",
};

function isOn(node: string, snapshot: Snapshot, key: string): boolean {
  return (snapshot.get(key)?.object as { spec?: { nodeName?: string } } | undefined)?.spec?.nodeName === node;
}

const volumeNamed = (snapshot: Snapshot, name: string): ClaimedVolume | undefined =>
  snapshot.get(`/core/persistentvolumes/${name}`)?.object as ClaimedVolume | undefined;

export class NodeReferences {
  readonly #store: Store;
  #counted: Map<string, Map<string, number>> | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Node → reference → how many pods make it. */
  get #nodes(): Map<string, Map<string, number>> {
    if (this.#counted !== undefined) return this.#counted;
    this.#counted = new Map();
    const snapshot = this.#store.snapshot();
    for (const entry of snapshot.range(PODS)) this.#count(entry.object as PodLike, 1);
    const changes = (told: readonly Change[]): void => told.forEach((change) => this.#apply(change));
    this.#store.watch(PODS, snapshot.revision, { changes });
    return this.#counted;
  }

  /**
   * Whether the object is the node's, or a pod on it refers to it; `resource` as `secrets` or
   * `resource.k8s.io/resourceclaims`.
   */
  has(node: string, resource: string, namespace: string, name: string): boolean {
    const snapshot = this.#store.snapshot();
    const own = OWN[resource];
    if (own !== undefined) return isOn(node, snapshot, `${own}${namespace === "" ? "" : `${namespace}/`}${name}`);
    const references = this.#nodes.get(node);
    if (!references) return false;
    if (resource === "persistentvolumes") return this.#hasVolume(references, volumeNamed(snapshot, name));
    if (references.has(`${resource}/${namespace}/${name}`)) return true;
    return resource === "secrets" && this.#hasVolumeWith(references, snapshot, namespace, name);
  }

  /** A volume is reachable through the claim it is bound to. */
  #hasVolume(references: Map<string, number>, volume: ClaimedVolume | undefined): boolean {
    const claim = volume?.spec?.claimRef;
    return claim !== undefined && references.has(`${CLAIMS}${claim.namespace}/${claim.name}`);
  }

  /** A secret is reachable through a volume that needs it to be mounted, too. */
  #hasVolumeWith(references: Map<string, number>, snapshot: Snapshot, namespace: string, secret: string): boolean {
    for (const reference of references.keys()) {
      if (!reference.startsWith(CLAIMS)) continue;
      const claim = snapshot.get(`/core/${reference}`)?.object as { spec?: { volumeName?: string } } | undefined;
      const volume = volumeNamed(snapshot, claim?.spec?.volumeName ?? "");
      if (this.#hasVolume(references, volume) && hasSecret(volume!, namespace, secret)) return true;
    }
    return false;
  }

  #apply({ before, after }: Change): void {
    const from = before?.object as PodLike | undefined;
    const to = after?.object as PodLike | undefined;
    if (from && to && !mayDiffer(from, to)) return;
    if (to) this.#count(to, 1);
    if (from) this.#count(from, -1);
  }

  #count(pod: PodLike, by: 1 | -1): void {
    const node = pod.spec.nodeName;
    if (!node) return;
    let references = this.#nodes.get(node);
    if (!references) this.#nodes.set(node, (references = new Map()));
    for (const reference of isMirror(pod) ? [] : referencesOf(pod)) {
      const count = (references.get(reference) ?? 0) + by;
      if (count > 0) references.set(reference, count);
      else references.delete(reference);
    }
    if (references.size === 0) this.#nodes.delete(node);
  }
}

/** Of a pod's references only these can change after it was created. */
function mayDiffer(from: PodLike, to: PodLike): boolean {
  return (
    from.spec.nodeName !== to.spec.nodeName ||
    (from.spec.ephemeralContainers?.length ?? 0) !== (to.spec.ephemeralContainers?.length ?? 0) ||
    claimsOf(from).join() !== claimsOf(to).join()
  );
}

/** Each reference once, as `resource/namespace/name`. */
function referencesOf(pod: PodLike): Set<string> {
  const namespace = pod.metadata.namespace ?? "";
  const found = new Set<string>();
  const add = (resource: string, name: string | undefined): void => {
    if (name) found.add(`${resource}/${namespace}/${name}`);
  };
  add("serviceaccounts", pod.spec.serviceAccountName);
  for (const secret of pod.spec.imagePullSecrets ?? []) add("secrets", secret.name);
  for (const claim of claimsOf(pod)) add("resource.k8s.io/resourceclaims", claim);
  for (const volume of (pod.spec.volumes ?? []) as readonly VolumeLike[]) addVolume(volume, pod.metadata.name, add);
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  for (const container of [...containers, ...initContainers, ...ephemeralContainers]) addEnvironment(container, add);
  return found;
}

/** Those a pod names, and those that were made for it. */
function claimsOf({ spec: { resourceClaims = [] }, status }: PodLike): (string | undefined)[] {
  const made = status?.resourceClaimStatuses ?? [];
  return [
    ...resourceClaims.map(
      ({ name, resourceClaimName }) => resourceClaimName ?? made.find((each) => each.name === name)?.resourceClaimName,
    ),
    status?.extendedResourceClaimStatus?.resourceClaimName,
  ];
}

/** Whether a pod refers to any object of the resource, such as `secrets`. */
export function refersTo(pod: PodLike, resource: string): boolean {
  return [...referencesOf(pod)].some((reference) => reference.startsWith(`${resource}/`));
}

type Add = (resource: string, name: string | undefined) => void;

function addVolume(volume: VolumeLike, pod: string, add: Add): void {
  add("secrets", volume.secret?.secretName);
  add("secrets", volume.csi?.nodePublishSecretRef?.name);
  add("secrets", volume.azureFile?.secretName);
  for (const kind of WITH_SECRETS) add("secrets", volume[kind]?.secretRef?.name);
  add("configmaps", volume.configMap?.name);
  add("persistentvolumeclaims", volume.persistentVolumeClaim?.claimName);
  if (volume.ephemeral) add("persistentvolumeclaims", `${pod}-${volume.name}`);
  for (const source of volume.projected?.sources ?? []) {
    add("secrets", source.secret?.name);
    add("configmaps", source.configMap?.name);
  }
}

function addEnvironment(container: ContainerLike, add: Add): void {
  for (const { valueFrom } of container.env ?? []) {
    add("secrets", valueFrom?.secretKeyRef?.name);
    add("configmaps", valueFrom?.configMapKeyRef?.name);
  }
  for (const { secretRef, configMapRef } of container.envFrom ?? []) {
    add("secrets", secretRef?.name);
    add("configmaps", configMapRef?.name);
  }
}
