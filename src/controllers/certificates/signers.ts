/** Upstream's signers: what each lets a certificate be, in upstream's words where it does not. */
import type { RequestContent } from "./authority.ts";

export const KUBELET_CLIENT = "kubernetes.io/kube-apiserver-client-kubelet";

const NODES = "system:nodes";
const NODE = "system:node:";

interface Signer {
  readonly usage: "client" | "server";
  /** Throws where the request asks for what this signer does not give. */
  check(content: RequestContent, usages: readonly string[]): void;
}

export const signers: ReadonlyMap<string, Signer> = new Map<string, Signer>([
  [
    KUBELET_CLIENT,
    {
      usage: "client",
      check(content, usages) {
        checkNodeName(content);
        checkUsages(usages, "client auth");
        if (content.dnsNames.length > 0) throw new Error("DNS subjectAltNames are not allowed");
        if (content.addresses.length > 0) throw new Error("IP subjectAltNames are not allowed");
      },
    },
  ],
  [
    "kubernetes.io/kubelet-serving",
    {
      usage: "server",
      check(content, usages) {
        checkNodeName(content);
        checkUsages(usages, "server auth");
        if (content.dnsNames.length + content.addresses.length === 0) {
          throw new Error("DNS or IP subjectAltName is required");
        }
      },
    },
  ],
  [
    "kubernetes.io/kube-apiserver-client",
    {
      usage: "client",
      check: (_, usages) => checkUsages(usages, "client auth"),
    },
  ],
]);

function checkNodeName({ organizations, commonName }: RequestContent): void {
  if (organizations.length !== 1 || organizations[0] !== NODES) {
    throw new Error("subject organization is not system:nodes");
  }
  if (!commonName.startsWith(NODE)) throw new Error("subject common name does not begin with system:node:");
}

/** Those of TLS, among them the one that matters. */
function checkUsages(usages: readonly string[], needed: string): void {
  const allowed = new Set(["digital signature", "key encipherment", needed]);
  if (usages.includes(needed) && usages.every((usage) => allowed.has(usage))) return;
  throw new Error(`usages did not match ${needed}`);
}
