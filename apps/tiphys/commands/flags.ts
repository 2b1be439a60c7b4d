/** Flags that several commands have, and the components of a cluster. */
import { duration, int, text, toggle } from "../../../src/kubectl/flags.ts";
import { DEFAULT_KEEP } from "../../../src/store/history.ts";

export const dataDir = {
  "data-dir": text({
    usage: "The cluster's `DIR` (default /var/lib/tiphys for root, ~/.local/share/tiphys for others)",
  }),
};
export const kubeconfig = {
  kubeconfig: text({ usage: "The kubeconfig `FILE` to use (default: KUBECONFIG, or ~/.kube/config)" }),
};
/** Which running cluster a command talks to. */
export const cluster = {
  ...kubeconfig,
  context: text({ usage: "The kubeconfig's context `NAME` (default: the current one)" }),
};

export const logging = {
  v: int({ short: "v", usage: "How much to log: 0 warnings, 2 what happens, 4 everything", default: 0 }),
  "logging-format": text({ usage: "How log lines look", default: "text", choices: ["text", "json"] }),
};

export const encryption = {
  "encryption-provider-config": text({
    usage: "A `FILE` with an EncryptionConfiguration: how Secrets and other resources lie on the disk",
  }),
};

/** How etcd knows us, beside its endpoints. */
export const etcdAccess = {
  "datastore-cafile": text({ usage: "`FILE` with the CA of etcd's certificates" }),
  "datastore-certfile": text({ usage: "The client certificate `FILE` towards etcd" }),
  "datastore-keyfile": text({ usage: "Its key `FILE`" }),
  "datastore-username": text({ usage: "The user `NAME` that etcd knows us by" }),
  "datastore-password-file": text({ usage: "A `FILE` with that user's password (default: ETCDCTL_PASSWORD)" }),
};

export const history = {
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

/** How a component reaches the API server. */
export const remote = {
  kubeconfig: text({ usage: "The kubeconfig `FILE` that says how to reach the API server" }),
  master: text({ usage: "The API server's `URL`; wins over the kubeconfig's" }),
};

export const election = {
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
