/** The files of configMap, secret, downwardAPI and projected volumes. */
import type { Pod, Volume } from "../../api/core/index.ts";
import type { ProjectedFile } from "../host.ts";
import { ConfigError, decodeBytes } from "../config/env.ts";
import { containerResource, podField } from "../config/field-ref.ts";
import type { NodeSizes, PodAddresses } from "../config/field-ref.ts";
import type { ObjectSource } from "../objects.ts";
import type { TokenSource } from "./tokens.ts";

export interface ContentSources extends PodAddresses {
  readonly objects: ObjectSource;
  readonly tokens: TokenSource;
  readonly node: NodeSizes;
}

export type Files = Map<string, ProjectedFile>;

type Sources = NonNullable<NonNullable<Volume["projected"]>["sources"]>;
type Projection = Sources[number];

const DEFAULT_MODE = 0o644;

/** Undefined: the volume is of another sort. Throws ConfigError where something it names is missing. */
export async function volumeFiles(pod: Pod, volume: Volume, sources: ContentSources): Promise<Files | undefined> {
  const { configMap, secret, downwardAPI, projected } = volume;
  const files: Files = new Map();
  const add = (projection: Projection, mode: number | undefined): Promise<void> =>
    addProjection(pod, projection, mode ?? DEFAULT_MODE, sources, files);

  if (configMap) await add({ configMap }, configMap.defaultMode);
  else if (secret) {
    const { secretName, items, optional } = secret;
    await add({ secret: { name: secretName ?? "", items, optional } }, secret.defaultMode);
  } else if (downwardAPI) await add({ downwardAPI }, downwardAPI.defaultMode);
  else if (projected) {
    for (const source of projected.sources ?? []) await add(source, projected.defaultMode);
  } else return undefined;
  return files;
}

async function addProjection(
  pod: Pod,
  source: Projection,
  mode: number,
  sources: ContentSources,
  files: Files,
): Promise<void> {
  const namespace = pod.metadata.namespace ?? "";
  const { configMap, secret, downwardAPI, serviceAccountToken } = source;
  if (source.clusterTrustBundle || source.podCertificate) {
    throw new ConfigError("this node projects no trust bundles and no pod certificates");
  }
  if (configMap) {
    const object = await sources.objects.configMap(namespace, configMap.name ?? "");
    if (!object && !configMap.optional) throw new ConfigError(`configmap "${configMap.name}" not found`);
    const bytes = new Map<string, Uint8Array>();
    for (const [key, text] of Object.entries(object?.data ?? {})) bytes.set(key, new TextEncoder().encode(text));
    for (const [key, base64] of Object.entries(object?.binaryData ?? {})) bytes.set(key, decodeBytes(base64));
    addKeys(bytes, configMap, mode, "configmap", files);
  }
  if (secret) {
    const object = await sources.objects.secret(namespace, secret.name ?? "");
    if (!object && !secret.optional) throw new ConfigError(`secret "${secret.name}" not found`);
    const bytes = new Map(Object.entries(object?.data ?? {}).map(([key, base64]) => [key, decodeBytes(base64)]));
    addKeys(bytes, secret, mode, "secret", files);
  }
  for (const item of downwardAPI?.items ?? []) {
    const text = item.fieldRef
      ? (podField(pod, item.fieldRef.fieldPath, sources) ?? "")
      : containerResource(pod, pod.spec.containers[0]!, item.resourceFieldRef ?? { resource: "" }, sources.node);
    files.set(item.path, { bytes: new TextEncoder().encode(text), mode: item.mode ?? mode });
  }
  if (serviceAccountToken) {
    const token = await sources.tokens.token(pod, serviceAccountToken);
    files.set(serviceAccountToken.path, { bytes: new TextEncoder().encode(token), ...tokenOwner(pod, mode) });
  }
}

function addKeys(
  bytes: ReadonlyMap<string, Uint8Array>,
  {
    items,
    optional,
  }: {
    readonly items?: readonly { readonly key: string; readonly path: string; readonly mode?: number }[];
    readonly optional?: boolean;
  },
  mode: number,
  sort: string,
  files: Files,
): void {
  if (!items || items.length === 0) {
    for (const [key, content] of bytes) files.set(key, { bytes: content, mode });
    return;
  }
  for (const item of items) {
    const content = bytes.get(item.key);
    if (content) files.set(item.path, { bytes: content, mode: item.mode ?? mode });
    else if (!optional) throw new ConfigError(`references non-existent ${sort} key: ${item.key}`);
  }
}

/** A token is read by the container's user only, where the whole pod has one and no group shares the volume. */
function tokenOwner(pod: Pod, mode: number): { mode: number; uid?: number } {
  if (pod.spec.securityContext?.fsGroup !== undefined) return { mode: 0o600 };
  const users = new Set(
    [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map(
      (container) => container.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser,
    ),
  );
  const [only] = users;
  return users.size === 1 && only !== undefined ? { mode: 0o600, uid: only } : { mode };
}
