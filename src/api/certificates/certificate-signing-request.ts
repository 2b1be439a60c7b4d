import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { bytes, field, int32, list, map, message, string, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { humanDuration } from "../../machinery/duration.ts";
import { NONE, ageColumn, nameColumn } from "../columns.ts";

export const CertificateSigningRequestCondition = message(
  "io.k8s.api.certificates.v1.CertificateSigningRequestCondition",
  {
    type: field(1, string()).required(),
    reason: field(2, string()),
    message: field(3, string()),
    lastUpdateTime: field(4, time()).orNull(),
    lastTransitionTime: field(5, time()).orNull(),
    status: field(6, string()).required(),
  },
);
export type CertificateSigningRequestCondition = TypeOf<typeof CertificateSigningRequestCondition>;

export const CertificateSigningRequestSpec = message("io.k8s.api.certificates.v1.CertificateSigningRequestSpec", {
  request: field(1, bytes()).required(),
  username: field(2, string()),
  uid: field(3, string()),
  groups: field(4, list(string()).atomic()),
  usages: field(
    5,
    list(
      string().enum(
        "any",
        "cert sign",
        "client auth",
        "code signing",
        "content commitment",
        "crl sign",
        "data encipherment",
        "decipher only",
        "digital signature",
        "email protection",
        "encipher only",
        "ipsec end system",
        "ipsec tunnel",
        "ipsec user",
        "key agreement",
        "key encipherment",
        "microsoft sgc",
        "netscape sgc",
        "ocsp signing",
        "s/mime",
        "server auth",
        "signing",
        "timestamping",
      ),
    ).atomic(),
  ),
  extra: field(6, map(list(string()))),
  signerName: field(7, string()).required(),
  expirationSeconds: field(8, int32()).keepEmpty(),
});
export type CertificateSigningRequestSpec = TypeOf<typeof CertificateSigningRequestSpec>;

export const CertificateSigningRequestStatus = message("io.k8s.api.certificates.v1.CertificateSigningRequestStatus", {
  conditions: field(1, list(CertificateSigningRequestCondition).mapKey("type")),
  certificate: field(2, bytes()),
});
export type CertificateSigningRequestStatus = TypeOf<typeof CertificateSigningRequestStatus>;

export const CertificateSigningRequest = defineKind({
  group: "certificates.k8s.io",
  version: "v1",
  kind: "CertificateSigningRequest",
  definition: "io.k8s.api.certificates.v1.CertificateSigningRequest",
  names: { plural: "certificatesigningrequests", short: ["csr"] },
  scope: "Cluster",
  generation: false,
  doc: "Asks a signer for an X.509 certificate.",
  subresources: { approval: { verbs: ["get", "patch", "update"] }, ...STATUS },
  fields: {
    spec: field(2, CertificateSigningRequestSpec).required(),
    status: field(3, CertificateSigningRequestStatus).always(),
  },
  columns: [
    nameColumn,
    ageColumn,
    { name: "SignerName", type: "string", value: ({ spec }) => spec.signerName },
    { name: "Requestor", type: "string", value: ({ spec }) => spec.username ?? "" },
    {
      name: "RequestedDuration",
      type: "string",
      value: ({ spec }) => (spec.expirationSeconds === undefined ? NONE : humanDuration(spec.expirationSeconds * 1000)),
    },
    { name: "Condition", type: "string", value: ({ status }) => requestState(status) },
  ],
  selectableFields: { "spec.signerName": ({ spec }) => spec.signerName },
  prepareForCreate({ spec }, { user, username }) {
    // Who asks is what the signer goes by; nobody can say it for another.
    spec.username = user?.username ?? username ?? "";
    if (user === undefined) return;
    spec.uid = user.uid ?? "";
    spec.groups = [...user.groups];
    if (user.extra !== undefined) spec.extra = structuredExtra(user.extra);
  },
});
export type CertificateSigningRequest = ObjectOf<typeof CertificateSigningRequest>;

/** `Pending`, `Approved,Issued`, `Denied`, `Approved,Failed`. */
function requestState({ conditions, certificate }: CertificateSigningRequestStatus): string {
  const states = ["Approved", "Denied", "Failed"].filter((wanted) => conditions?.some(({ type }) => type === wanted));
  const state = states.filter((each) => each !== "Denied" || !states.includes("Approved"));
  if (state.length === 0) return "Pending";
  return [...state, ...(certificate === undefined ? [] : ["Issued"])].join(",");
}

function structuredExtra(extra: Readonly<Record<string, readonly string[]>>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]]));
}
