/** `tiphys kube-apiserver`: the API server alone, over the embedded journal or etcd, with upstream's flags. */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { systemClock, systemRandom } from "../../../adapters/clock/system-clock.ts";
import { openKeys } from "../../../adapters/keys/cluster-keys.ts";
import { tokenKeys } from "../../../adapters/keys/token-keys.ts";
import { verifySignature } from "../../../adapters/keys/verify-signature.ts";
import { listen } from "../../../adapters/node-http/listener.ts";
import { podSecurityFrom } from "../admission-configuration.ts";
import { nodeConnector, startApiServer } from "../api-server.ts";
import { type Invocation, UserError } from "../command.ts";
import { componentLog } from "../component.ts";
import {
  advertisement,
  extensionServers,
  openJournal,
  ownAddress,
  ownAddresses,
  remoteKubelets,
  webhookCaller,
} from "../edge.ts";
import { dataDirectoryPath, openDataDirectory } from "../data-dir.ts";
import { type Datastore, datastoreOf, encryptionOf, keepDatastore, keepOf, openDatastore } from "../datastore.ts";
import { stopSignal } from "../stop-signal.ts";
import type { apiServerFlags } from "./component.commands.ts";

type Values = Invocation<typeof apiServerFlags>["values"];

export async function kubeApiserver({ values }: Invocation<typeof apiServerFlags>): Promise<number> {
  const log = await componentLog(values);
  const flags = {
    serviceClusterIPRange: values["service-cluster-ip-range"],
    serviceNodePortRange: portRange(values["service-node-port-range"]),
    serviceAccountIssuer: values["service-account-issuer"],
    maxRequestsInFlight: values["max-requests-inflight"],
    minRequestTimeout: values["min-request-timeout"],
  };
  const keep = keepOf(values);
  const serviceIp = firstAddress(flags.serviceClusterIPRange);
  const authorization = authorizationOf(values["authorization-mode"]);
  const data = openDataDirectory(dataDirectoryPath(values["data-dir"]));
  const stopping = stopSignal();
  const ends: (() => Promise<void>)[] = [];
  try {
    const etcd = datastore(values);
    const advertised = values["advertise-address"] || ownAddress();
    const keys = openKeys(data.pki, {
      now: systemClock.now(),
      names: [...ownAddresses(), advertised],
      serviceAddress: serviceIp,
    });
    const clientCa = fileOr(values["client-ca-file"], keys.ca);
    const api = await startApiServer({
      clock: systemClock,
      random: systemRandom,
      log,
      journal: etcd === undefined ? await openJournal(data.journal) : undefined,
      database: await openDatastore(etcd),
      databasePrefix: values["etcd-prefix"],
      compactEvery: values["etcd-compaction-interval"],
      encryption: await encryptionOf(values["encryption-provider-config"], log),
      keep,
      keys: tokenKeysOf(values) ?? keys.tokens,
      verifySignature,
      clientCa,
      hostname: hostname(),
      bootstrapTokens: values["enable-bootstrap-token-auth"],
      tokenFile: values["token-auth-file"] ? readFileSync(values["token-auth-file"], "utf8") : undefined,
      flags,
      serviceIp,
      audiences: values["api-audiences"].length > 0 ? values["api-audiences"] : undefined,
      authorization,
      podSecurity: podSecurityFrom(values["admission-control-config-file"]),
      nodes: nodeConnector(new Map(), remoteKubelets(kubeletAccess(values) ?? keys)),
      extensions: extensionServers(keys),
      webhooks: webhookCaller(),
    });
    ends.unshift(() => api.close());
    if (etcd !== undefined) keepDatastore(data.datastore, etcd);
    const listener = await listen(api.door, {
      port: values["secure-port"],
      host: values["bind-address"],
      tls: {
        cert: fileOr(values["tls-cert-file"], keys.serving.cert),
        key: fileOr(values["tls-private-key-file"], keys.serving.key),
        clientCa,
      },
      log,
    });
    ends.unshift(() => listener.close());
    ends.unshift(() => api.leave());
    await api.bootstrap(advertisement(advertised, listener.port));
    data.announce({ pid: process.pid, server: listener.url, started: Date.now(), runtime: "none" });
    process.stdout.write(`kube-apiserver serves on ${listener.url}\n`);
    await stopping;
    return 0;
  } finally {
    for (const end of ends) await end();
    data.release();
  }
}

function datastore(values: Values): Datastore | undefined {
  return datastoreOf({
    endpoints: values["etcd-servers"],
    ca: values["etcd-cafile"],
    cert: values["etcd-certfile"],
    key: values["etcd-keyfile"],
    username: values["etcd-username"],
    passwordFile: values["etcd-password-file"],
  });
}

function fileOr(path: string, otherwise: string): string {
  return path ? readFileSync(path, "utf8") : otherwise;
}

function tokenKeysOf(values: Values): ReturnType<typeof tokenKeys> | undefined {
  const signing = values["service-account-signing-key-file"];
  if (!signing) return undefined;
  return tokenKeys(
    readFileSync(signing, "utf8"),
    values["service-account-key-file"].map((path) => readFileSync(path, "utf8")),
  );
}

function kubeletAccess(
  values: Values,
): { readonly ca: string; readonly cert: string; readonly key: string } | undefined {
  const cert = values["kubelet-client-certificate"];
  const key = values["kubelet-client-key"];
  const ca = values["kubelet-certificate-authority"];
  if (!cert && !key && !ca) return undefined;
  if (!cert || !key || !ca) {
    throw new UserError(
      "--kubelet-client-certificate, --kubelet-client-key and --kubelet-certificate-authority belong together: give all three",
    );
  }
  return { ca: readFileSync(ca, "utf8"), cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
}

function portRange(given: string): [number, number] {
  const match = /^(\d+)-(\d+)$/.exec(given);
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || first > last || last > 65_535) {
    throw new UserError(`--service-node-port-range ${given}: write it as 30000-32767`);
  }
  return [first, last];
}

function firstAddress(cidr: string): string {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/\d+$/.exec(cidr);
  if (!match) throw new UserError(`--service-cluster-ip-range ${cidr}: write it as 10.96.0.0/16`);
  return `${match[1]}.${match[2]}.${match[3]}.${Number(match[4]) + 1}`;
}

function authorizationOf(modes: readonly string[]): "rbac" | "always-allow" {
  if (modes.length === 1 && modes[0] === "AlwaysAllow") return "always-allow";
  if (modes.includes("RBAC") && modes.every((mode) => mode === "Node" || mode === "RBAC")) return "rbac";
  throw new UserError(`--authorization-mode ${modes.join(",")}: there are Node,RBAC and AlwaysAllow`);
}
