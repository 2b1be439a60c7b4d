/**
 * Which Secrets, ConfigMaps, claims, volumes and service accounts the pods of each node refer to, kept current by a
 * watch on pods: a pod is looked at when it is bound, changed or gone. All pods at once are looked at when the first node asks,
 * and not before, since at a start most have not been read yet.
 */
import type { Change, Store } from "../../store/store.ts";

interface PodLike {
  readonly metadata: { readonly namespace?: string; readonly name: string };
  readonly spec: {
    readonly nodeName?: string;
    readonly serviceAccountName?: string;
    readonly imagePullSecrets?: readonly { readonly name?: string }[];
    readonly volumes?: readonly object[];
    readonly containers: readonly ContainerLike[];
    readonly initContainers?: readonly ContainerLike[];
    readonly ephemeralContainers?: readonly ContainerLike[];
    readonly resourceClaims?: readonly { readonly resourceClaimName?: string }[];
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

  /** Whether a pod on `node` refers to the object; `resource` as `secrets` or `serviceaccounts/token`. */
  has(node: string, resource: string, namespace: string, name: string): boolean {
    const references = this.#nodes.get(node);
    if (!references) return false;
    if (resource === "persistentvolumes") return this.#hasVolume(references, name);
    if (resource === "storage.k8s.io/volumeattachments") return this.#isAttachedTo(node, name);
    return references.has(`${resource}/${namespace}/${name}`);
  }

  /** A volume is reachable through the claim it is bound to. */
  #hasVolume(references: Map<string, number>, name: string): boolean {
    const volume = this.#store.snapshot().get(`/core/persistentvolumes/${name}`)?.object as
      | { spec?: { claimRef?: { namespace?: string; name?: string } } }
      | undefined;
    const claim = volume?.spec?.claimRef;
    return claim !== undefined && references.has(`persistentvolumeclaims/${claim.namespace}/${claim.name}`);
  }

  #isAttachedTo(node: string, name: string): boolean {
    const entry = this.#store.snapshot().get(`/storage.k8s.io/volumeattachments/${name}`);
    return (entry?.object as { spec?: { nodeName?: string } } | undefined)?.spec?.nodeName === node;
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
    for (const reference of referencesOf(pod)) {
      const count = (references.get(reference) ?? 0) + by;
      if (count > 0) references.set(reference, count);
      else references.delete(reference);
    }
    if (references.size === 0) this.#nodes.delete(node);
  }
}

/** Of a pod's references only these two can change after it was created. */
function mayDiffer(from: PodLike, to: PodLike): boolean {
  return (
    from.spec.nodeName !== to.spec.nodeName ||
    (from.spec.ephemeralContainers?.length ?? 0) !== (to.spec.ephemeralContainers?.length ?? 0)
  );
}

/** Each reference once, as `resource/namespace/name`. */
function referencesOf(pod: PodLike): Set<string> {
  const namespace = pod.metadata.namespace ?? "";
  const found = new Set<string>();
  const add = (resource: string, name: string | undefined): void => {
    if (name) found.add(`${resource}/${namespace}/${name}`);
  };
  add("serviceaccounts/token", pod.spec.serviceAccountName);
  for (const secret of pod.spec.imagePullSecrets ?? []) add("secrets", secret.name);
  for (const claim of pod.spec.resourceClaims ?? []) add("resource.k8s.io/resourceclaims", claim.resourceClaimName);
  for (const volume of (pod.spec.volumes ?? []) as readonly VolumeLike[]) addVolume(volume, pod.metadata.name, add);
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  for (const container of [...containers, ...initContainers, ...ephemeralContainers]) addEnvironment(container, add);
  return found;
}

/** Whether a pod refers to any secret at all. */
export function usesSecrets(pod: PodLike): boolean {
  return [...referencesOf(pod)].some((reference) => reference.startsWith("secrets/"));
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
