/**
 * A pod's volumes on this node: set up before its containers, brought up to date while it runs, taken down after.
 *
 * Everything lies under `<root>/pods/<uid>/volumes/<plugin>/<name>`, as upstream lays it out. Contents that come
 * from the API are written by switching a link, so a reader never sees half of an update.
 */
import { PersistentVolume, PersistentVolumeClaim } from "../../api/core/index.ts";
import type { Pod, Volume } from "../../api/core/index.ts";
import type { Client } from "../../client/client.ts";
import { ConfigError } from "../config/env.ts";
import type { Host } from "../host.ts";
import type { Places } from "../pod/names.ts";
import { podDirectory } from "../pod/names.ts";
import { quantityBytes } from "../pod/quantity.ts";
import type { ContentSources } from "./content.ts";
import { volumeFiles } from "./content.ts";
import { hostPathProblem } from "./host-path.ts";

/** A volume that cannot be had now; the pod waits and its events say why. */
export class MountError extends Error {
  readonly volume: string;
  constructor(volume: string, why: string) {
    super(`MountVolume.SetUp failed for volume "${volume}" : ${why}`);
    this.volume = volume;
  }
}

export interface VolumeContext {
  readonly host: Host;
  readonly client: Client;
  readonly places: Places;
}

/** Where the content of each volume lies; image volumes have no place of their own. */
export type VolumePaths = ReadonlyMap<string, string>;

const PLUGINS = ["configMap", "secret", "downwardAPI", "projected"] as const;
const PLUGIN_FOLDERS = {
  configMap: "configmap",
  secret: "secret",
  downwardAPI: "downward-api",
  projected: "projected",
};

/** Sets all volumes up, or brings them up to date; throws the first {@link MountError}. */
export async function setUpVolumes(pod: Pod, sources: ContentSources, context: VolumeContext): Promise<VolumePaths> {
  const paths = new Map<string, string>();
  const problems: MountError[] = [];
  await Promise.all(
    (pod.spec.volumes ?? []).map(async (volume) => {
      try {
        const path = await setUp(pod, volume, sources, context);
        if (path !== undefined) paths.set(volume.name, path);
      } catch (error) {
        problems.push(error instanceof MountError ? error : new MountError(volume.name, textOf(error)));
      }
    }),
  );
  const [first] = problems.toSorted((a, b) => (a.volume < b.volume ? -1 : 1));
  if (first) throw first;
  return paths;
}

async function setUp(
  pod: Pod,
  volume: Volume,
  sources: ContentSources,
  context: VolumeContext,
): Promise<string | undefined> {
  const { host } = context;
  if (volume.image) return undefined;
  if (volume.hostPath) return hostPath(volume.hostPath.path, volume.hostPath.type ?? "", host);
  if (volume.persistentVolumeClaim) return claimed(pod, volume.persistentVolumeClaim.claimName, context);
  if (volume.ephemeral) return claimed(pod, `${pod.metadata.name}-${volume.name}`, context);
  if (volume.emptyDir) return emptyDir(pod, volume, context);

  const plugin = PLUGINS.find((name) => volume[name]);
  if (!plugin) throw new Error(`this node has no plugin for volumes of this sort: ${sortOf(volume)}`);
  const path = placeOf(pod, volume.name, PLUGIN_FOLDERS[plugin], context.places);
  if (!host.keepsFiles) {
    // What a volume refers to must be there all the same; tokens are the server's business and cost it.
    await volumeFiles(pod, volume, { ...sources, tokens: { token: async () => "" } });
    return path;
  }
  const files = await volumeFiles(pod, volume, sources);
  if (plugin === "configMap") await host.files.makeDirectory(path, 0o777);
  else await host.files.mountTmpfs(path, 0);
  await host.files.project(path, files!, { gid: pod.spec.securityContext?.fsGroup });
  return path;
}

/** Set up once: what its containers have made of it since, modes and owners too, is theirs. */
async function emptyDir(pod: Pod, volume: Volume, { host, places }: VolumeContext): Promise<string> {
  const path = placeOf(pod, volume.name, "empty-dir", places);
  if (volume.emptyDir?.medium === "Memory") {
    if (!(await host.files.mountTmpfs(path, quantityBytes(volume.emptyDir.sizeLimit)))) return path;
  } else {
    if (await host.files.kindOf(path)) return path;
    await host.files.makeDirectory(path, 0o777);
  }
  const group = pod.spec.securityContext?.fsGroup;
  if (group !== undefined) await host.files.setGroup(path, group);
  return path;
}

async function hostPath(path: string, type: string, host: Host): Promise<string> {
  if (type === "DirectoryOrCreate" && !(await host.files.kindOf(path))) await host.files.makeDirectory(path, 0o755);
  if (type === "FileOrCreate" && !(await host.files.kindOf(path))) {
    await host.files.writeFile(path, new Uint8Array(), 0o644);
  }
  if (host.keepsFiles && type !== "") {
    const problem = hostPathProblem(path, type, await host.files.kindOf(path));
    if (problem) throw new Error(problem);
  }
  return path;
}

/** Volumes of the node itself behind a claim: hostPath and local. */
async function claimed(pod: Pod, claimName: string, { client, host }: VolumeContext): Promise<string> {
  const claim = await client.get(PersistentVolumeClaim, claimName, pod.metadata.namespace);
  const volumeName = claim.spec.volumeName;
  if (!volumeName || claim.status?.phase !== "Bound") {
    throw new Error(`PVC ${pod.metadata.namespace}/${claimName} is not bound`);
  }
  const { spec } = await client.get(PersistentVolume, volumeName);
  if (spec.hostPath) return hostPath(spec.hostPath.path, spec.hostPath.type ?? "DirectoryOrCreate", host);
  if (spec.local) return hostPath(spec.local.path, host.keepsFiles ? "Directory" : "", host);
  throw new Error(`this node has no plugin for the persistent volume "${volumeName}"`);
}

export function placeOf(pod: Pod, volume: string, folder: string, places: Places): string {
  return `${podDirectory(places, pod.metadata.uid)}/volumes/kubernetes.io~${folder}/${volume}`;
}

function sortOf(volume: Volume): string {
  return Object.keys(volume).find((key) => key !== "name") ?? "none";
}

function textOf(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  return error instanceof Error ? error.message : String(error);
}
