/**
 * What each endpoint of an object may change: the object itself everything but its status, `status` nothing but that,
 * other subresources what they are for.
 */
import type { Draft, KubeObject } from "../machinery/kind.ts";
import type { Json } from "./objects.ts";
import type { Resource } from "./resource.ts";

export type Isolate = (draft: Draft<KubeObject>, previous: KubeObject) => void;

export function isolateOf(resource: Resource, subresource: string): Isolate {
  if (subresource === "status") return (draft, previous) => onlyStatus(resource, draft, previous);
  if (subresource === "") return resource.kind.subresources["status"] === undefined ? keepNothing : keepStatus;
  return subresourceRules[subresource] ?? keepNothing;
}

const keepNothing: Isolate = () => {};

const keepStatus: Isolate = (draft, previous) => restore(draft, previous, "status");

/** Kinds whose status endpoint leaves the labels as they are; of most it takes them as given. */
export const STATUS_KEEPS_LABELS: ReadonlySet<string> = new Set(["Deployment", "NetworkPolicy"]);

/** Of all metadata, as that of custom resources. */
export const STATUS_KEEPS_METADATA: ReadonlySet<string> = new Set([
  "APIService",
  "FlowSchema",
  "PriorityLevelConfiguration",
  "ResourceClaim",
  "ServiceCIDR",
  "ValidatingAdmissionPolicy",
  "VolumeAttachment",
]);

function onlyStatus({ kind }: Resource, draft: Draft<KubeObject>, previous: KubeObject): void {
  const keys = new Set([...Object.keys(draft), ...Object.keys(previous)]);
  for (const key of keys) if (key !== "status" && key !== "metadata") restore(draft, previous, key);
  if (kind.schema.custom || STATUS_KEEPS_METADATA.has(kind.kind)) keepMetadata(draft, previous);
  else if (STATUS_KEEPS_LABELS.has(kind.kind)) restore(draft.metadata, previous.metadata, "labels");
  if (kind.kind === "Pod") restore(draft.metadata, previous.metadata, "ownerReferences");
}

function keepMetadata(draft: Draft<KubeObject>, previous: KubeObject): void {
  const { resourceVersion, managedFields, uid } = draft.metadata;
  draft.metadata = { ...previous.metadata, resourceVersion, uid } as Draft<KubeObject>["metadata"];
  if (managedFields !== undefined) draft.metadata.managedFields = managedFields;
  else delete draft.metadata.managedFields;
}

function restore(draft: object, previous: object, key: string): void {
  const into = draft as Json;
  const from = previous as Json;
  if (from[key] === undefined) delete into[key];
  else into[key] = from[key];
}

/** Copies the previous object, taking only what `pick` chooses of the draft. */
function only(pick: (draft: Json, previous: Json) => Json): Isolate {
  return (draft, previous) => {
    const next = pick(draft as unknown as Json, previous as unknown as Json);
    const { resourceVersion, managedFields } = draft.metadata;
    for (const key of Object.keys(draft)) delete (draft as unknown as Json)[key];
    Object.assign(draft, next);
    draft.metadata = { ...previous.metadata, resourceVersion } as Draft<KubeObject>["metadata"];
    if (managedFields !== undefined) draft.metadata.managedFields = managedFields;
  };
}

interface PodLike {
  readonly spec: Json & {
    readonly containers: readonly ContainerLike[];
    readonly initContainers?: readonly ContainerLike[];
  };
}

type ContainerLike = Json & { readonly name: string; readonly resources?: unknown; readonly resizePolicy?: unknown };

const subresourceRules: Readonly<Record<string, Isolate>> = {
  ephemeralcontainers: only((draft, previous) => {
    const spec = { ...(previous["spec"] as Json) };
    const wanted = (draft["spec"] as Json | undefined)?.["ephemeralContainers"];
    if (wanted === undefined) delete spec["ephemeralContainers"];
    else spec["ephemeralContainers"] = wanted;
    return { ...previous, spec };
  }),
  resize(draft, previous) {
    const before = (previous as unknown as PodLike).spec;
    const after = (draft as unknown as PodLike).spec;
    // Containers that come or go are left to validation, which refuses them.
    if (LISTS.some((list) => after[list]?.length !== before[list]?.length)) return;
    onlyResize(draft, previous);
  },
  // Of a namespace: its finalizers are all its spec, and metadata goes along.
  finalize: keepStatus,
  approval(draft, previous) {
    const { conditions } = (draft as unknown as { status?: { conditions?: unknown } }).status ?? {};
    const { conditions: _, ...status } = (previous as unknown as { status?: Json }).status ?? {};
    restore(draft, previous, "spec");
    (draft as unknown as Json)["status"] = { ...status, ...(conditions !== undefined && { conditions }) };
  },
};

const LISTS = ["containers", "initContainers"] as const;

const onlyResize = only((draft, previous) => {
  const before = (previous as unknown as PodLike).spec;
  const after = (draft as unknown as PodLike).spec;
  const spec: Json = { ...before };
  for (const list of LISTS) if (before[list] !== undefined) spec[list] = resized(before[list], after[list]!);
  restore(spec, after, "resources");
  return { ...previous, spec };
});

/** Containers with only the resources and resize policies of the new ones; others in their place are left to validation. */
function resized(before: readonly ContainerLike[], after: readonly ContainerLike[]): readonly ContainerLike[] {
  if (after.some(({ name }, index) => name !== before[index]!.name)) return after;
  return before.map((container, index) => {
    const next: ContainerLike = { ...container };
    restore(next, after[index]!, "resources");
    restore(next, after[index]!, "resizePolicy");
    return next;
  });
}
