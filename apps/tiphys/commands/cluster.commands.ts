/** Commands that start, join, show and end a cluster on this machine. What each does is loaded when it runs. */
import { duration, int, list, text, toggle } from "../../../src/kubectl/flags.ts";
import { command } from "../command.ts";
import { cluster, COMPONENTS, dataDir, encryption, etcdAccess, history, kubeconfig, logging } from "./flags.ts";

/** What a control plane on this machine is like, wherever its state is. */
const here = {
  ...dataDir,
  port: int({ usage: "The port `N` of the API server (HTTPS); 0 takes any that is free", default: 6443 }),
  "bind-address": text({
    usage: "The `IP` to listen on (default: all; 127.0.0.1 with simulated containers and the embedded store)",
  }),
  "kubelet-port": int({
    usage: "The port `N` of the node's kubelet (HTTPS); 0 takes any that is free, and so does a default that is not",
    default: 10_250,
  }),
  ...encryption,
  "tls-san": list({ usage: "Further `NAMES` and IPs for the serving certificate, such as a load balancer's" }),
  ...history,
  runtime: text({
    usage: "What runs containers (default: containerd where that is possible, else sim)",
    choices: ["containerd", "sim"],
  }),
  nodes: int({ usage: "How many nodes `N`; more than one are simulated", default: 1 }),
  kubeconfig: text({ usage: "The kubeconfig `FILE` that gets the context (default: KUBECONFIG, or ~/.kube/config)" }),
  "token-auth-file": text({ usage: 'A `FILE` with tokens: token,user,uid,"group1,group2" a line' }),
  components: list({ usage: "Which components to run", default: COMPONENTS, choices: COMPONENTS }),
  "container-runtime-endpoint": text({ usage: "The CRI `SOCKET` of a runtime that runs already" }),
  detach: toggle({ short: "d", usage: "Return when the cluster is ready, and let it run on" }),
  ...logging,
};

export const upFlags = {
  ...here,
  "datastore-endpoint": list({
    usage: "etcd's `URLS`, for a cluster with several control planes (default: the embedded store)",
  }),
  ...etcdAccess,
};

export const up = command({
  name: "up",
  summary: "Start a cluster, or start it again with everything it had",
  description:
    "Starts a cluster in the foreground; Ctrl-C stops it. Started again on the same data directory it has\n" +
    "everything back, and takes over the containers that kept running.",
  examples: [
    "tiphys up",
    "tiphys up --detach --data-dir /srv/two --port 7443    # a second cluster beside the first",
    "tiphys up --runtime sim --nodes 100                   # no container really runs",
  ],
  flags: upFlags,
  most: 0,
  run: async (invocation) => (await import("./up.ts")).up(invocation),
});

const CONTROL_PLANE = COMPONENTS.filter((name) => name !== "kubelet");

export const joinFlags = {
  ...here,
  components: list({ usage: "Which components a control plane runs", default: CONTROL_PLANE, choices: COMPONENTS }),
  "ca-hash": text({ usage: "The `HASH` of the cluster's CA, as sha256:…" }),
  "node-name": text({ usage: "The `NAME` of the node (default: the host's)" }),
  "node-ip": text({ usage: "The `IP` that API servers reach the node at (default: the host's)" }),
  "kubelet-port": int({ usage: "The port the node's kubelet serves on", default: 10_250 }),
  "token-file": text({ usage: "A `FILE` with the token, - for standard input (default: TIPHYS_JOIN_TOKEN)" }),
};

export const join = command({
  name: "join",
  summary: "Make this machine part of a cluster that runs on another one",
  description:
    'Type on this machine what "tiphys token create" printed on the other one. The kind of token decides what this\n' +
    'machine becomes: a further control plane or a node. Started again, it is "tiphys up" on the same directory.',
  arguments: "URL",
  examples: [
    "TIPHYS_JOIN_TOKEN=… tiphys join https://10.0.0.1:6443 --ca-hash sha256:…",
    "tiphys join https://10.0.0.1:6443 --ca-hash sha256:… --token-file /run/secrets/join --detach",
  ],
  flags: joinFlags,
  most: 1,
  run: async (invocation) => (await import("./join.ts")).join(invocation),
});

export const tokenCreateFlags = {
  ...dataDir,
  role: text({
    usage: "What the machine becomes",
    default: "control-plane",
    choices: ["control-plane", "worker"],
  }),
  ttl: duration({ usage: "How long the token is good", default: 2 * 3600_000 }),
  server: text({
    usage: "The `URL` of the API server for the other machine (default: this one's), such as a balancer's",
  }),
  output: text({ short: "o", usage: "What to print", choices: ["command", "token"], default: "command" }),
};

export const token = command({
  name: "token",
  summary: "Make tokens that let other machines join",
  flags: {},
  commands: [
    command({
      name: "create",
      summary: "Make one, and print the command to type on the other machine",
      examples: ["tiphys token create", "tiphys token create --role worker --ttl 10m"],
      flags: tokenCreateFlags,
      most: 0,
      run: async (invocation) => (await import("./token.ts")).createToken(invocation),
    }),
  ],
});

export const downFlags = { ...dataDir, timeout: duration({ usage: "How long to wait", default: 60_000 }) };

export const down = command({
  name: "down",
  summary: "Stop a cluster and its containers; what it knows is kept",
  flags: downFlags,
  most: 0,
  run: async (invocation) => (await import("./down.ts")).down(invocation),
});

export const statusFlags = {
  ...dataDir,
  output: text({ short: "o", usage: "Output format", choices: ["text", "json"], default: "text" }),
};

export const status = command({
  name: "status",
  summary: "Show whether the cluster runs, and its nodes",
  flags: statusFlags,
  most: 0,
  run: async (invocation) => (await import("./status.ts")).status(invocation),
});

export const resetFlags = {
  ...dataDir,
  ...cluster,
  to: text({ usage: "Remove nothing: make the running cluster what it was at this `MOMENT`" }),
  yes: toggle({ short: "y", usage: "Do not ask" }),
};

export const reset = command({
  name: "reset",
  summary: "Remove everything of a cluster, or make a running one what it was at a moment",
  description:
    "Without --to: stops the cluster and removes everything of it: objects, containers, images, kubeconfig entry.\n" +
    "With --to: the running cluster that the context names becomes what it was at a revision (1234), a time\n" +
    "(2026-01-02T03:04:05Z), so long ago (15m), or, of a fork, at its beginning (fork). Events and Leases stay.",
  examples: ["tiphys reset", "tiphys reset --to 15m", "tiphys reset --to fork --context tiphys-try"],
  flags: resetFlags,
  most: 0,
  run: async (invocation) => (await import("./reset.ts")).reset(invocation),
});

export const kubeconfigFlags = {
  ...dataDir,
  ...kubeconfig,
  merge: toggle({ usage: "Merge it into the kubeconfig file instead of printing it" }),
  user: text({ usage: "The user `NAME` of the certificate", default: "kubernetes-admin" }),
  group: list({ usage: "Groups of the user (default system:masters for the default user)" }),
};

export const kubeconfigCommand = command({
  name: "kubeconfig",
  summary: "Print a kubeconfig for the cluster, or merge it into yours",
  examples: [
    "tiphys kubeconfig > admin.kubeconfig",
    "tiphys kubeconfig --merge",
    "tiphys kubeconfig --user jane --group dev",
  ],
  flags: kubeconfigFlags,
  most: 0,
  run: async (invocation) => (await import("./kubeconfig.ts")).kubeconfig(invocation),
});

export const imageFlags = {
  ...dataDir,
  "container-runtime-endpoint": text({ usage: "The CRI `SOCKET` of another containerd" }),
};
export const importFlags = { ...imageFlags, name: text({ usage: "The `NAME` for an image without one" }) };

export const image = command({
  name: "image",
  summary: "Bring images into the cluster's containerd, or list them",
  flags: {},
  commands: [
    command({
      name: "import",
      summary: "Import images from archives (docker save, OCI layout), from files or standard input (-)",
      arguments: "FILE...",
      examples: ["tiphys image import web.tar", "docker save web:1 | tiphys image import -"],
      flags: importFlags,
      run: async (invocation) => (await import("./image.ts")).importImage(invocation),
    }),
    command({
      name: "list",
      summary: "List the images on the node",
      flags: imageFlags,
      most: 0,
      run: async (invocation) => (await import("./image.ts")).listImages(invocation),
    }),
  ],
});
