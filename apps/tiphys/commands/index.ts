/**
 * All commands with their flags. What a command does is loaded when it runs, so that help, completion and mistakes
 * answer at once.
 */
import { duration, int, list, map, text, toggle } from "../../../src/kubectl/flags.ts";
import { DEFAULT_KEEP } from "../../../src/store/history.ts";
import { type Command, command } from "../command.ts";

const dataDir = {
  "data-dir": text({
    usage: "The cluster's `DIR` (default /var/lib/tiphys for root, ~/.local/share/tiphys for others)",
  }),
};
const kubeconfig = {
  kubeconfig: text({ usage: "The kubeconfig `FILE` to use (default: KUBECONFIG, or ~/.kube/config)" }),
};
/** Which running cluster a command talks to. */
const cluster = {
  ...kubeconfig,
  context: text({ usage: "The kubeconfig's context `NAME` (default: the current one)" }),
};

const logging = {
  v: int({ short: "v", usage: "How much to log: 0 warnings, 2 what happens, 4 everything", default: 0 }),
  "logging-format": text({ usage: "How log lines look", default: "text", choices: ["text", "json"] }),
};

const encryption = {
  "encryption-provider-config": text({
    usage: "A `FILE` with an EncryptionConfiguration: how Secrets and other resources lie on the disk",
  }),
};

/** How etcd knows us, beside its endpoints. */
const etcdAccess = {
  "datastore-cafile": text({ usage: "`FILE` with the CA of etcd's certificates" }),
  "datastore-certfile": text({ usage: "The client certificate `FILE` towards etcd" }),
  "datastore-keyfile": text({ usage: "Its key `FILE`" }),
  "datastore-username": text({ usage: "The user `NAME` that etcd knows us by" }),
  "datastore-password-file": text({ usage: "A `FILE` with that user's password (default: ETCDCTL_PASSWORD)" }),
};

const history = {
  "history-window": duration({
    usage: "For how long the past can be read: `TIME`, such as 1h",
    default: DEFAULT_KEEP.milliseconds,
  }),
  "history-revisions": int({
    usage: "How many revisions of the past can be read at most (default 100000; over etcd 20000, all in memory)",
  }),
};

/** Parts of `up --components`. */
export const COMPONENTS = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet"] as const;
export type Component = (typeof COMPONENTS)[number];

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

const up = command({
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

const join = command({
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

const token = command({
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

const down = command({
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

const status = command({
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

const reset = command({
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

const kubeconfigCommand = command({
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

export const storyFlags = {
  ...cluster,
  namespace: text({ short: "n", usage: "The object's `NAMESPACE` (default: the context's)" }),
  follow: toggle({ short: "f", usage: "Go on with what happens, until Ctrl-C" }),
  all: toggle({ usage: "Everything that the log has, not only the last that was asked for" }),
  since: duration({ usage: "What happened within this `TIME`, such as 10m" }),
  full: toggle({ usage: "Every step: nothing joined or left out, all stages and events" }),
  output: text({ short: "o", usage: "Output format", choices: ["text", "json"], default: "text" }),
  json: toggle({ usage: "The same as -o json" }),
};

const story = command({
  name: "story",
  summary: "Tell what happened to an object: who did what, because of what, and where the time went",
  arguments: "KIND/NAME",
  examples: [
    "tiphys story deployment/web",
    "tiphys story pod web-749c557888-6hfh4 --full",
    "tiphys story -n shop deployment/web --follow",
    "tiphys story deployment/web --since 10m -o json",
  ],
  flags: storyFlags,
  most: 2,
  run: async (invocation) => (await import("./story.ts")).story(invocation),
});

export const diffFlags = {
  ...cluster,
  namespace: text({ short: "n", usage: "Only what is in this `NAMESPACE`" }),
  resource: list({ usage: "Only these `RESOURCES`, such as deploy,pods; `*` is all, Events and Leases too" }),
  output: text({ short: "o", usage: "Output format", choices: ["text", "yaml", "json"], default: "text" }),
};

const diff = command({
  name: "diff",
  summary: "Show what changed in the cluster between two moments, or in a fork",
  arguments: "[FROM [TO]]",
  description:
    "Shows what came, went and changed between two moments: revisions (1234), times (2026-01-02T03:04:05Z), or how\n" +
    "long ago (15m); TO is now where it is not given. In a fork's context FROM may be left out: it is how the fork began.",
  examples: [
    "tiphys diff 15m",
    "tiphys diff 1234 1300 -n shop -o yaml",
    "tiphys diff 1h --resource deployments,pods",
    "tiphys diff --context tiphys-try           # what happened in the fork",
    "tiphys diff now fork/try                   # in what the fork differs from the cluster as it is now",
  ],
  flags: diffFlags,
  most: 2,
  run: async (invocation) => (await import("./diff.ts")).diff(invocation),
});

export const forkFlags = {
  ...cluster,
  components: list({
    usage: "What runs in it",
    default: ["kube-controller-manager", "kube-scheduler", "kubelet"],
    choices: ["kube-controller-manager", "kube-scheduler", "kubelet"],
  }),
  controllers: list({
    usage: "Controllers to run in it: `*` all, foo that one, -foo all but that one",
    default: ["*"],
  }),
};
export const forkListFlags = {
  ...cluster,
  output: text({ short: "o", usage: "Output format", choices: ["text", "json"], default: "text" }),
};
export const forkDeleteFlags = cluster;

const fork = command({
  name: "fork",
  summary: "Make a copy of the running cluster, at once, to try something in",
  arguments: "NAME",
  description:
    "Makes a cluster of its own in the running one's process and memory: it begins with everything that has, and goes its\n" +
    "own way, with simulated nodes, so that nothing real is touched. It ends with the cluster, or when it is deleted.",
  examples: [
    "tiphys fork try",
    "kubectl --context tiphys-try drain node-1 --ignore-daemonsets",
    "tiphys diff --context tiphys-try",
    "tiphys reset --to fork --context tiphys-try",
    "tiphys fork delete try",
  ],
  flags: forkFlags,
  most: 1,
  run: async (invocation) => (await import("./fork.ts")).fork(invocation),
  commands: [
    command({
      name: "list",
      summary: "List the forks of the running cluster",
      flags: forkListFlags,
      most: 0,
      run: async (invocation) => (await import("./fork.ts")).listForks(invocation),
    }),
    command({
      name: "delete",
      summary: "End a fork and forget everything in it",
      arguments: "NAME",
      flags: forkDeleteFlags,
      most: 1,
      run: async (invocation) => (await import("./fork.ts")).deleteFork(invocation),
    }),
  ],
});

export const saveFlags = {
  ...cluster,
  at: text({ usage: "Take the state of this `MOMENT`: a revision, a time, or how long ago (default: now)" }),
  "include-keys": toggle({
    usage: "Also the cluster's keys and certificates, from its data directory on this machine",
  }),
  ...dataDir,
  force: toggle({ usage: "Replace a file that is there" }),
};
export const verifyFlags = {
  output: text({ short: "o", usage: "Output format", choices: ["text", "json"], default: "text" }),
};
export const restoreFlags = {
  ...dataDir,
  force: toggle({ usage: "Put a cluster that is there aside, inside of its data directory" }),
  "revision-gap": int({
    usage: "How far the new cluster's revisions are beyond the snapshot's: more than were made after it",
    default: 1_000_000_000,
  }),
};

const snapshot = command({
  name: "snapshot",
  summary: "Save the whole state of a cluster to a file, verify such a file, or begin a cluster from it",
  flags: {},
  commands: [
    command({
      name: "save",
      summary: "Save all objects of the running cluster as they are at one moment, while it goes on",
      arguments: "FILE",
      examples: ["tiphys snapshot save monday.snapshot", "tiphys snapshot save --include-keys all.snapshot"],
      flags: saveFlags,
      most: 1,
      run: async (invocation) => (await import("./snapshot.ts")).save(invocation),
    }),
    command({
      name: "restore",
      summary: "Begin a cluster, that does not run yet, with what a snapshot holds",
      arguments: "FILE",
      examples: ["tiphys snapshot restore monday.snapshot --data-dir /srv/again"],
      flags: restoreFlags,
      most: 1,
      run: async (invocation) => (await import("./snapshot.ts")).restore(invocation),
    }),
    command({
      name: "verify",
      summary: "Read a snapshot to its last byte: whether it is sound, and what it holds",
      arguments: "FILE",
      flags: verifyFlags,
      most: 1,
      run: async (invocation) => (await import("./snapshot.ts")).verify(invocation),
    }),
  ],
});

export const completionFlags = {};

const completion = command({
  name: "completion",
  summary: "Print a completion script for bash, zsh or fish",
  arguments: "bash|zsh|fish",
  examples: ["source <(tiphys completion bash)", "tiphys completion fish | source"],
  flags: completionFlags,
  most: 1,
  run: async ({ args }) => (await import("./completion.ts")).completion(root, args),
});

export const imageFlags = {
  ...dataDir,
  "container-runtime-endpoint": text({ usage: "The CRI `SOCKET` of another containerd" }),
};
export const importFlags = { ...imageFlags, name: text({ usage: "The `NAME` for an image without one" }) };

const image = command({
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

/** How a component reaches the API server. */
const remote = {
  kubeconfig: text({ usage: "The kubeconfig `FILE` that says how to reach the API server" }),
  master: text({ usage: "The API server's `URL`; wins over the kubeconfig's" }),
};

const election = {
  "leader-elect": toggle({ usage: "Work only while elected leader among several", default: true }),
  "leader-elect-lease-duration": duration({
    usage: "How long a leader that is silent keeps the lead",
    default: 15_000,
  }),
  "leader-elect-renew-deadline": duration({
    usage: "How long a leader tries to renew before it stops",
    default: 10_000,
  }),
  "leader-elect-retry-period": duration({ usage: "Time between tries", default: 2000 }),
  "leader-elect-resource-name": text({ usage: "The `NAME` of the Lease" }),
  "leader-elect-resource-namespace": text({ usage: "The `NAMESPACE` of the Lease", default: "kube-system" }),
};

export const apiServerFlags = {
  ...dataDir,
  "etcd-servers": list({ usage: "etcd's `URLS` (default: the embedded store in the data directory)" }),
  "etcd-cafile": text({ usage: "`FILE` with the CA of etcd's certificates" }),
  "etcd-certfile": text({ usage: "The client certificate `FILE` towards etcd" }),
  "etcd-keyfile": text({ usage: "Its key `FILE`" }),
  ...encryption,
  "etcd-username": text({ usage: "The user `NAME` that etcd knows us by" }),
  "etcd-password-file": text({ usage: "A `FILE` with that user's password (default: ETCDCTL_PASSWORD)" }),
  "etcd-compaction-interval": duration({
    usage: "`TIME` between two compactions of etcd by one of the API servers; 0 leaves it to others",
    default: 300_000,
  }),
  "etcd-prefix": text({ usage: "What all keys in etcd begin with", default: "/registry" }),
  ...history,
  "bind-address": text({ usage: "The `IP` to listen on", default: "0.0.0.0" }),
  "secure-port": int({ usage: "The HTTPS port", default: 6443 }),
  "advertise-address": text({ usage: "The `IP` that members of the cluster reach this server at" }),
  "tls-cert-file": text({ usage: "The serving certificate `FILE` (default: one of the data directory's CA)" }),
  "tls-private-key-file": text({ usage: "The serving certificate's key `FILE`" }),
  "client-ca-file": text({ usage: "`FILE` with the CA of client certificates (default: the data directory's)" }),
  "token-auth-file": text({ usage: 'A `FILE` with tokens: token,user,uid,"group1,group2" a line' }),
  "enable-bootstrap-token-auth": toggle({ usage: 'Take the tokens of "tiphys token create" and of kubeadm' }),
  "service-account-key-file": list({ usage: "`FILES` with keys that service account tokens are checked with" }),
  "service-account-signing-key-file": text({
    usage: "`FILE` with the key that service account tokens are signed with",
  }),
  "service-account-issuer": text({
    usage: "The issuer `URL` in service account tokens",
    default: "https://kubernetes.default.svc.cluster.local",
  }),
  "api-audiences": list({ usage: "Audiences of tokens for this server (default: the issuer)" }),
  "service-cluster-ip-range": text({ usage: "Addresses of Services, a `CIDR`", default: "10.96.0.0/16" }),
  "service-node-port-range": text({ usage: "Ports of NodePort Services", default: "30000-32767" }),
  "authorization-mode": list({ usage: "Who decides what is allowed", default: ["Node", "RBAC"] }),
  "max-requests-inflight": int({ usage: "Requests served at once", default: 600 }),
  "min-request-timeout": int({ usage: "Seconds a watch lives at least", default: 1800 }),
  "kubelet-certificate-authority": text({ usage: "`FILE` with the CA of kubelets' serving certificates" }),
  "kubelet-client-certificate": text({ usage: "The client certificate `FILE` towards kubelets" }),
  "kubelet-client-key": text({ usage: "Its key `FILE`" }),
  ...logging,
};

export const controllerManagerFlags = {
  ...remote,
  controllers: list({ usage: "Controllers to run: `*` all, foo that one, -foo all but that one", default: ["*"] }),
  "use-service-account-credentials": toggle({
    usage: "Let each controller act as a service account of its own, with no more than its rights",
  }),
  "cluster-signing-cert-file": text({ usage: "`FILE` with the CA that signs approved certificate requests" }),
  "cluster-signing-key-file": text({ usage: "Its key `FILE`" }),
  "root-ca-file": text({ usage: "`FILE` with the CA that every namespace's kube-root-ca.crt holds" }),
  ...election,
  ...logging,
};

export const schedulerFlags = { ...remote, ...election, ...logging };

export const kubeletFlags = {
  kubeconfig: remote.kubeconfig,
  "root-dir": text({ usage: "The kubelet's `DIR` for volumes", default: "/var/lib/kubelet" }),
  "hostname-override": text({ usage: "The node's `NAME` (default: the host's)" }),
  "node-ip": text({ usage: "The node's `IP` (default: the host's)" }),
  "node-labels": map({ usage: "Labels of the node when it registers" }),
  "register-with-taints": list({ usage: "Taints of the node when it registers, `key=value:effect`" }),
  "max-pods": int({ usage: "Most pods on the node", default: 110 }),
  "pod-manifest-path": text({ usage: "The `DIR` with manifests of static pods, which run without being in the API" }),
  "container-runtime-endpoint": text({
    usage: "The CRI `SOCKET`",
    default: "unix:///run/containerd/containerd.sock",
  }),
  "cluster-dns": list({ usage: "`IPs` of the cluster's DNS servers" }),
  "cluster-domain": text({ usage: "The cluster's DNS `DOMAIN`", default: "cluster.local" }),
  "cgroup-root": text({ usage: "The control group above the pods'", default: "/" }),
  "provider-id": text({ usage: "The machine's `ID` at its provider" }),
  address: text({ usage: "The `IP` to serve on", default: "0.0.0.0" }),
  port: int({ usage: "The port to serve on", default: 10_250 }),
  "client-ca-file": text({ usage: "`FILE` with the CA of clients' certificates" }),
  "tls-cert-file": text({ usage: "The serving certificate `FILE`" }),
  "tls-private-key-file": text({ usage: "The serving certificate's key `FILE`" }),
  ...logging,
};

export const migrateFlags = {
  from: text({ usage: "Where the state is: a data directory `DIR`, or etcd's URLs" }),
  to: text({ usage: "Where it goes: an empty or new data directory `DIR`, or an empty etcd's URLs" }),
  ...etcdAccess,
  "etcd-prefix": text({ usage: "What all keys in etcd begin with", default: "/registry" }),
  ...encryption,
  ...logging,
};

const datastore = command({
  name: "datastore",
  summary: "Move a cluster's state between the embedded store and etcd",
  flags: {},
  commands: [
    command({
      name: "migrate",
      summary: "Copy all objects into an empty store, and compare",
      description:
        "Copies all objects of a stopped cluster into an empty etcd or data directory and compares both. The source\n" +
        "is only read; a target that was not finished is marked and no API server starts on it.",
      examples: [
        "tiphys datastore migrate --from /var/lib/tiphys --to https://10.0.0.1:2379 --datastore-cafile ca.crt",
        "tiphys datastore migrate --from http://127.0.0.1:2379 --to /srv/tiphys",
      ],
      flags: migrateFlags,
      most: 0,
      run: async (invocation) => (await import("./datastore.ts")).migrateDatastore(invocation),
    }),
  ],
});

const components: readonly Command[] = [
  command({
    name: "kube-apiserver",
    summary: "Run the API server alone",
    flags: apiServerFlags,
    most: 0,
    run: async (invocation) => (await import("./kube-apiserver.ts")).kubeApiserver(invocation),
  }),
  command({
    name: "kube-controller-manager",
    summary: "Run the controllers against an API server",
    flags: controllerManagerFlags,
    most: 0,
    run: async (invocation) => (await import("./kube-controller-manager.ts")).kubeControllerManager(invocation),
  }),
  command({
    name: "kube-scheduler",
    summary: "Run the scheduler against an API server",
    flags: schedulerFlags,
    most: 0,
    run: async (invocation) => (await import("./kube-scheduler.ts")).kubeScheduler(invocation),
  }),
  command({
    name: "kubelet",
    summary: "Run this machine as a node of a cluster",
    flags: kubeletFlags,
    most: 0,
    run: async (invocation) => (await import("./kubelet.ts")).kubelet(invocation),
  }),
];

export const root: Command = {
  name: "tiphys",
  summary: "A complete Kubernetes in one command",
  description: 'Tiphys is a complete Kubernetes in one command. Start with "tiphys up".',
  flags: { version: toggle({ usage: "Show the version" }) },
  commands: [
    up,
    join,
    down,
    status,
    reset,
    kubeconfigCommand,
    story,
    diff,
    fork,
    snapshot,
    image,
    token,
    datastore,
    ...components,
    completion,
  ],
};
