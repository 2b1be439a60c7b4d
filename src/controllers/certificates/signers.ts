/** Upstream's signers: what each lets a certificate be, in upstream's words where it does not. */
import type { CertificateRequest } from "../../machinery/x509/certificate-request.ts";

export const KUBELET_CLIENT = "kubernetes.io/kube-apiserver-client-kubelet";

const NODES = "system:nodes";
const NODE = "system:node:";

/** Throws where the request asks for what the signer does not give. */
type Check = (request: CertificateRequest, usages: readonly string[]) => void;

export const signers: ReadonlyMap<string, Check> = new Map<string, Check>([
  [
    KUBELET_CLIENT,
    (request, usages) => {
      checkOrganization(request);
      refuse("DNS", request.dnsNames);
      refuse("Email", request.emailAddresses);
      refuse("IP", request.ipAddresses);
      refuse("URI", request.uris);
      checkCommonName(request);
      checkUsages(usages, "client auth");
    },
  ],
  [
    "kubernetes.io/kubelet-serving",
    (request, usages) => {
      checkOrganization(request);
      if (request.dnsNames.length + request.ipAddresses.length === 0) {
        throw new Error("DNS or IP subjectAltName is required");
      }
      refuse("Email", request.emailAddresses);
      refuse("URI", request.uris);
      checkUsages(usages, "server auth");
      checkCommonName(request);
    },
  ],
  ["kubernetes.io/kube-apiserver-client", (_, usages) => checkClientUsages(usages)],
  // Whatever was asked for when there were no signers.
  ["kubernetes.io/legacy-unknown", () => {}],
]);

function checkOrganization({ subject: { organizations } }: CertificateRequest): void {
  if (organizations.length !== 1 || organizations[0] !== NODES) {
    throw new Error("subject organization is not system:nodes");
  }
}

function checkCommonName({ subject: { commonName } }: CertificateRequest): void {
  if (!commonName.startsWith(NODE)) throw new Error("subject common name does not begin with system:node:");
}

function refuse(kind: string, names: readonly string[]): void {
  if (names.length > 0) throw new Error(`${kind} subjectAltNames are not allowed`);
}

/** Exactly those of TLS, where keys that are not RSA encipher none. */
function checkUsages(usages: readonly string[], purpose: string): void {
  const asked = new Set(usages);
  const needed = ["digital signature", purpose];
  const allowed = ["digital signature", "key encipherment", purpose];
  const fits = needed.every((usage) => asked.has(usage)) && usages.every((usage) => allowed.includes(usage));
  if (!fits) throw new Error(`usages did not match [${allowed.toSorted().join(" ")}]`);
}

function checkClientUsages(usages: readonly string[]): void {
  const other = usages.find((usage) => !["digital signature", "key encipherment", "client auth"].includes(usage));
  if (other !== undefined) throw new Error(`invalid usage for client certificate: ${other}`);
  if (!usages.includes("client auth")) {
    throw new Error("missing required usage for client certificate: client auth");
  }
}
