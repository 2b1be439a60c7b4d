/** `tiphys kubelet`: this machine as a node of any cluster, over a container runtime that runs already. */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { systemClock, systemRandom } from "../../../adapters/clock/system-clock.ts";
import { CriRuntime } from "../../../adapters/containerd/cri.ts";
import { machineHost } from "../../../adapters/host/index.ts";
import { manifestFolder } from "../../../adapters/host/manifests.ts";
import type { TlsFiles } from "../../../adapters/node-http/listener.ts";
import type { Taint } from "../../../src/api/core/index.ts";
import { createClient, createInformers } from "../../../src/client/index.ts";
import { createKubelet } from "../../../src/kubelet/kubelet.ts";
import { type Invocation, UserError } from "../command.ts";
import { apiServerDoor, componentLog } from "../component.ts";
import { ownAddress } from "../edge.ts";
import { selfSigned, serveKubelet } from "../kubelet-server.ts";
import { stopSignal } from "../stop-signal.ts";
import { VERSION } from "../version.ts";
import type { kubeletFlags } from "./component.commands.ts";

type Values = Invocation<typeof kubeletFlags>["values"];

export async function kubelet({ values }: Invocation<typeof kubeletFlags>): Promise<number> {
  const log = await componentLog(values);
  const taints = values["register-with-taints"].map(taintOf);
  const nodeName = values["hostname-override"] || hostname().trim().toLowerCase();
  const address = values["node-ip"] || ownAddress();
  const remote = apiServerDoor("kubelet", values.kubeconfig);
  const client = createClient(remote.door, { userAgent: `kubelet/${VERSION}` });
  const ports = { client, clock: systemClock, random: systemRandom, log };
  const informers = createInformers(ports);
  const root = values["root-dir"];
  using runtime = new CriRuntime(values["container-runtime-endpoint"], { outlives: true });
  const node = createKubelet({
    ...ports,
    informers,
    runtime,
    host: machineHost({ root, log }),
    nodeName,
    addresses: [address],
    port: values.port,
    maxPods: values["max-pods"],
    manifests: values["pod-manifest-path"] ? manifestFolder(resolve(values["pod-manifest-path"])) : undefined,
    labels: values["node-labels"],
    taints,
    providerID: values["provider-id"] || undefined,
    cgroupRoot: values["cgroup-root"],
    places: { root, logs: "/var/log/pods" },
    ...(values["cluster-dns"].length > 0
      ? { clusterDns: { servers: values["cluster-dns"], domain: values["cluster-domain"] } }
      : {}),
  });
  const stopping = stopSignal();
  const listener = await serveKubelet({
    door: node.door,
    client,
    nodeName,
    host: values.address,
    port: values.port,
    tls: tlsOf(values, nodeName, address),
    log,
  });
  try {
    await node.start();
    process.stdout.write(`kubelet of node ${nodeName} serves on ${listener.url}\n`);
    await stopping;
    return 0;
  } finally {
    await listener.close();
    await node.stop();
    await runtime.begun();
    informers.stop();
    remote.close();
  }
}

/** The given serving certificate, or one signed by itself, as upstream's kubelet makes it. */
function tlsOf(values: Values, nodeName: string, address: string): TlsFiles {
  const ca = values["client-ca-file"];
  const clientCa = ca ? readFileSync(ca, "utf8") : undefined;
  const [cert, key] = [values["tls-cert-file"], values["tls-private-key-file"]];
  if (cert && key) return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8"), clientCa };
  if (cert || key) throw new UserError("--tls-cert-file and --tls-private-key-file belong together: give both");
  return { ...selfSigned(nodeName, address), clientCa };
}

/** `key=value:effect`, `key:effect`. */
function taintOf(given: string): Taint {
  const match = /^([^=:]+)(?:=([^:]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/.exec(given);
  if (!match) throw new UserError(`--register-with-taints ${given}: write it as key=value:NoSchedule`);
  return { key: match[1]!, effect: match[3]!, ...(match[2] ? { value: match[2] } : {}) } as Taint;
}
