/** The configuration of the cluster's own containerd, and where its things lie. */
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";

/** The image of sandboxes, made by pause.ts. Its tag changes when the program in it does. */
export const PAUSE_IMAGE = "localhost/tiphys/pause:1";

export interface Places {
  readonly config: string;
  /** Images and snapshots: survives everything but a reset. */
  readonly root: string;
  /** What runs now. */
  readonly state: string;
  readonly socket: string;
  readonly pidFile: string;
  readonly log: string;
  /** A folder a registry with its `hosts.toml`. */
  readonly registries: string;
  /** runc's own notes on containers. */
  readonly runc: string;
}

/** Unix sockets have at most 107 bytes of path, and containerd makes a second one with this suffix. */
const SOCKET_PATH_LIMIT = 107 - ".ttrpc".length;

/** Everything in `directory`, the socket too unless its path would be longer than sockets can have. */
export function placesIn(directory: string): Places {
  const socket = join(directory, "containerd.sock");
  const hash = createHash("sha256").update(directory).digest("hex").slice(0, 12);
  return {
    config: join(directory, "config.toml"),
    root: join(directory, "root"),
    state: join(directory, "state"),
    socket: Buffer.byteLength(socket) <= SOCKET_PATH_LIMIT ? socket : `/run/tiphys/${hash}/containerd.sock`,
    pidFile: join(directory, "containerd.pid"),
    log: join(directory, "containerd.log"),
    registries: join(directory, "registries"),
    runc: join(directory, "runc"),
  };
}

/** The socket's folder where that is not the directory itself. */
export function socketFolder(directory: string): string | undefined {
  const folder = dirname(placesIn(directory).socket);
  return folder === directory ? undefined : folder;
}

export interface ContainerdSettings {
  readonly places: Places;
  readonly sandboxImage: string;
  readonly snapshotter: "overlayfs" | "native";
  readonly cniConfFolder: string;
  readonly cniPluginFolder: string;
  readonly systemdCgroup: boolean;
  /** Without CAP_SYS_RESOURCE nothing may become less likely to be killed than this process is. */
  readonly restrictOomScore: boolean;
}

/** Plugins that need what most machines lack or that write outside of our directory. */
const DISABLED = [
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
  "io.containerd.internal.v1.opt",
  "io.containerd.internal.v1.restart",
  "io.containerd.internal.v1.tracing",
  "io.containerd.tracing.processor.v1.otlp",
];

export function containerdConfig(settings: ContainerdSettings): string {
  const { places } = settings;
  const text = (value: string): string => JSON.stringify(value);
  return `# Written by tiphys at every start. The host's own containerd is not touched by this one.
version = 2
root = ${text(places.root)}
state = ${text(places.state)}
disabled_plugins = ${JSON.stringify(DISABLED)}

[grpc]
  address = ${text(places.socket)}

[debug]
  level = "warn"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${text(settings.sandboxImage)}
  restrict_oom_score_adj = ${settings.restrictOomScore}
  netns_mounts_under_state_dir = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${text(settings.cniPluginFolder)}
    conf_dir = ${text(settings.cniConfFolder)}

  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = ${text(places.registries)}

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = ${text(settings.snapshotter)}
    default_runtime_name = "runc"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        Root = ${text(places.runc)}
        SystemdCgroup = ${settings.systemdCgroup}
`;
}

export interface Registry {
  /** As it stands in image names: `registry.example.com`, `localhost:5000`. */
  readonly host: string;
  /** Where it really is, such as `http://127.0.0.1:5000`. */
  readonly endpoint: string;
  /** For https endpoints: trust any certificate. */
  readonly skipVerify?: boolean;
}

/** A registry's `hosts.toml`; containerd reads it anew at every pull. */
export function registryHosts({ endpoint, skipVerify }: Registry): string {
  return `server = ${JSON.stringify(endpoint)}

[host.${JSON.stringify(endpoint)}]
  capabilities = ["pull", "resolve"]
${skipVerify ? "  skip_verify = true\n" : ""}`;
}
