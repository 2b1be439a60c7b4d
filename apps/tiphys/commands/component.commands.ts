/** The components on their own, with upstream's flags. What each does is loaded when it runs. */
import { duration, int, list, map, text, toggle } from "../../../src/kubectl/flags.ts";
import { type Command, command } from "../command.ts";
import { dataDir, election, encryption, history, logging, remote } from "./flags.ts";

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
  "admission-control-config-file": text({
    usage: "`FILE` with the configuration of admission plugins: of PodSecurity, its defaults and exemptions",
  }),
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
  "allocate-node-cidrs": toggle({ usage: "Give each node a network for its pods, out of --cluster-cidr" }),
  "cluster-cidr": text({ usage: "The `CIDR` of all pods" }),
  "node-cidr-mask-size": int({ usage: "How long a node's prefix is (default 24, for IPv6 64)" }),
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

export const components: readonly Command[] = [
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
