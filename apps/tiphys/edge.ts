/** Pieces of the edge that several commands join: the journal, the doors to other machines' kubelets, addresses. */
import { hostname, networkInterfaces } from "node:os";
import type { ClusterKeys } from "../../adapters/keys/cluster-keys.ts";
import type { RemoteDoor } from "../../adapters/node-http/client.ts";
import type { Door } from "../../src/machinery/door.ts";
import type { ExtensionConnector } from "../../src/server/parts.ts";
import type { WebhookCaller } from "../../src/server/webhooks/caller.ts";
import type { Journal } from "../../src/store/journal.ts";

/** The library under the journal is native code: it loads while other things are read. */
export async function openJournal(folder: string): Promise<Journal> {
  const { openLmdbJournal } = await import("../../adapters/lmdb/lmdb-journal.ts");
  return openLmdbJournal(folder);
}

/** The certificate the API server shows to kubelets, or keys that make one. */
export type KubeletAccess =
  | Pick<ClusterKeys, "client">
  | { readonly ca: string; readonly cert: string; readonly key: string };

/** Doors to kubelets of other machines, one an address, made when first asked for. */
export function remoteKubelets(access: KubeletAccess): (url: string, node: string) => Door {
  const doors = new Map<string, Door>();
  return (url) => {
    const known = doors.get(url);
    if (known) return known;
    let opened: Promise<Door> | undefined;
    const door: Door = async (request) => {
      opened ??= openKubelet(url, access);
      return (await opened)(request);
    };
    doors.set(url, door);
    return door;
  };
}

/**
 * Kubelets sign their serving certificates themselves unless an administrator gives them others, so without a CA for
 * them nothing is checked; as upstream without `--kubelet-certificate-authority`.
 */
async function openKubelet(url: string, access: KubeletAccess): Promise<Door> {
  const { remoteDoor } = await import("../../adapters/node-http/client.ts");
  if (!("client" in access)) return remoteDoor({ url, ...access }).door;
  const pair = access.client("apiserver-kubelet-client", {
    commonName: "kube-apiserver-kubelet-client",
    organizations: ["system:masters"],
  });
  return remoteDoor({ url, insecure: true, ...pair }).door;
}

/** Reaches extension API servers as the front proxy whose certificate they are told to believe. */
export function extensionServers(keys: Pick<ClusterKeys, "client">): ExtensionConnector {
  return ({ host, port, serverName, ca, insecure }) => {
    const url = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
    let opening: Promise<RemoteDoor> | undefined;
    const open = async (): Promise<RemoteDoor> => {
      const { remoteDoor } = await import("../../adapters/node-http/client.ts");
      const pair = keys.client("front-proxy-client", { commonName: "front-proxy-client" });
      return remoteDoor({ url, serverName, ca, insecure, frontProxy: true, ...pair });
    };
    return {
      door: async (request) => (await (opening ??= open())).door(request),
      close: () => void opening?.then((remote) => remote.close()),
    };
  };
}

/** Reaches webhooks. The library for it is loaded with the first call. */
export function webhookCaller(): WebhookCaller {
  let opening: Promise<WebhookCaller> | undefined;
  const open = async (): Promise<WebhookCaller> =>
    (await import("../../adapters/node-http/webhook-caller.ts")).webhookCalls().call;
  return async (call) => (await (opening ??= open()))(call);
}

/** Addresses of this machine that others may use; link-local ones are none. */
export function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith("fe80:"))
    .map(({ address }) => address);
}

/** The first IPv4 address that others can reach; loopback where there is none. */
export function ownAddress(): string {
  return ownAddresses().find((address) => !address.includes(":")) ?? "127.0.0.1";
}

/** Where the `kubernetes` Service leads; nowhere when only this machine reaches the server, as the API refuses loopback. */
export function advertisement(address: string, port: number): { address: string; port: number } | undefined {
  return address.startsWith("127.") || address === "::1" ? undefined : { address, port };
}

/** As the kubelet names its node: the host's name in lower case. */
export function nodeName(): string {
  return hostname().trim().toLowerCase();
}
