/** What a container sees mounted: its volumes, /etc/hosts and the file for its termination message. */
import type { Pod, Volume } from "../../api/core/index.ts";
import { ConfigError } from "../config/env.ts";
import { expand } from "../config/expand.ts";
import type { Host } from "../host.ts";
import type { Mount } from "../runtime.ts";
import type { Member } from "../pod/spec.ts";
import type { VolumePaths } from "./volumes.ts";

export interface MountInputs {
  readonly paths: VolumePaths;
  readonly env: ReadonlyMap<string, string>;
  readonly host: Host;
  /** The pod's own /etc/hosts. */
  readonly hostsFile: string;
  /** Where parts of volumes are mounted for this pod. */
  readonly subPaths: string;
  /** Where the container's termination message goes. */
  readonly terminationLog: string;
}

const PROPAGATION = { None: "PRIVATE", HostToContainer: "HOST_TO_CONTAINER", Bidirectional: "BIDIRECTIONAL" } as const;

export async function containerMounts(pod: Pod, { container }: Member, inputs: MountInputs): Promise<Mount[]> {
  const mounts: Mount[] = [];
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    const volume = pod.spec.volumes?.find(({ name }) => name === mount.name);
    if (!volume)
      throw new ConfigError(`cannot find volume "${mount.name}" to mount into container "${container.name}"`);
    const place = `${inputs.subPaths}/${mount.name}/${container.name}/${index}`;
    const propagation = PROPAGATION[(mount.mountPropagation ?? "None") as keyof typeof PROPAGATION];
    mounts.push({
      containerPath: absolute(mount.mountPath),
      ...(await source(container.name, mount, volume, place, inputs)),
      readonly: mount.readOnly === true,
      ...(mount.readOnly && mount.recursiveReadOnly === "Enabled" && { recursiveReadOnly: true }),
      ...(propagation !== "PRIVATE" && { propagation }),
    });
  }
  const taken = new Set(mounts.map(({ containerPath }) => containerPath));
  if (!taken.has("/etc/hosts") && pod.spec.os?.name !== "windows") {
    mounts.push({ containerPath: "/etc/hosts", hostPath: inputs.hostsFile, readonly: false });
  }
  const message = container.terminationMessagePath ?? "/dev/termination-log";
  if (message !== "") mounts.push({ containerPath: message, hostPath: inputs.terminationLog, readonly: false });
  return mounts;
}

async function source(
  container: string,
  mount: NonNullable<Member["container"]["volumeMounts"]>[number],
  volume: Volume,
  place: string,
  { paths, env, host }: MountInputs,
): Promise<Pick<Mount, "hostPath" | "image" | "imageSubPath">> {
  const subPath = mount.subPathExpr ? expandedSubPath(mount.subPathExpr, env) : mount.subPath;
  if (volume.image) {
    return { hostPath: "", image: { image: volume.image.reference ?? "" }, ...(subPath && { imageSubPath: subPath }) };
  }
  const path = paths.get(volume.name)!;
  if (!subPath) return { hostPath: path };
  if (subPath.startsWith("/")) throw new ConfigError(`error SubPath \`${subPath}\` must not be an absolute path`);
  if (subPath.split("/").includes("..")) {
    throw new ConfigError(`unable to provision SubPath \`${subPath}\`: must not contain '..'`);
  }
  // How it failed may tell of the node's files: nobody but its own log is told that.
  const failed = (what: string) => (): never => {
    throw new ConfigError(`failed to ${what} for volumeMount "${mount.name}" of container "${container}"`);
  };
  await host.files.makeSubPath(path, subPath).catch(failed("create subPath directory"));
  await host.files.bindSubPath(path, subPath, place).catch(failed("prepare subPath"));
  return { hostPath: place };
}

/** A path with a hole in it would be another one: what is not known is refused. */
function expandedSubPath(expression: string, env: ReadonlyMap<string, string>): string {
  const missing: string[] = [];
  const path = expand(expression, (name) => {
    const value = env.get(name);
    if (value === undefined) missing.push(name);
    return value;
  });
  if (missing.length > 0) throw new ConfigError(`missing value for ${JSON.stringify(missing.join(", "))}`);
  return path;
}

function absolute(path: string): string {
  return path.startsWith("/") ? path : `/${path}`;
}
