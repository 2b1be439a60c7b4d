import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { bytes, field, int32, list, map, message, string, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { humanDuration } from "../../machinery/duration.ts";
import { NONE, ageColumn, nameColumn } from "../columns.ts";
import { formatTime } from "../../machinery/time.ts";
import { nameIsPathSegment } from "../../machinery/names.ts";
import {
  USAGES,
  keepVerdicts,
  stampConditions,
  validateCertificateSigningRequest,
  validateCertificateSigningRequestUpdate,
} from "./certificate-signing-request.validation.ts";

export const CertificateSigningRequestCondition = message(
  "io.k8s.api.certificates.v1.CertificateSigningRequestCondition",
  {
    type: field(1, string(), "Which condition it is.").required(),
    reason: field(2, string(), "Why, in one CamelCase word for programs."),
    message: field(3, string(), "Why, in a sentence for people."),
    lastUpdateTime: field(4, time(), "When the condition was last looked at and written.").orNull(),
    lastTransitionTime: field(5, time(), "When the status last changed from one value to another.").orNull(),
    status: field(6, string(), "`True`, `False` or `Unknown`.").required(),
  },
  { doc: "One thing that is true or not of the object now, and since when." },
);
export type CertificateSigningRequestCondition = TypeOf<typeof CertificateSigningRequestCondition>;

export const CertificateSigningRequestSpec = message(
  "io.k8s.api.certificates.v1.CertificateSigningRequestSpec",
  {
    request: field(1, bytes(), "The request as PEM of the type `CERTIFICATE REQUEST`.").required(),
    username: field(2, string(), "The asker. Set by the server."),
    uid: field(3, string(), "The asker's uid. Set by the server."),
    groups: field(4, list(string()).atomic(), "The asker's groups. Set by the server."),
    usages: field(
      5,
      list(string().enum(...USAGES)).atomic(),
      "What the certificate is for, such as `client auth` and `digital signature`.",
    ),
    extra: field(6, map(list(string())), "What else the asker's authenticator told. Set by the server."),
    signerName: field(7, string(), "Who shall sign, such as `kubernetes.io/kube-apiserver-client`.").required(),
    expirationSeconds: field(
      8,
      int32(),
      "How long the certificate shall be good, at least 600 seconds. The signer may give another time.",
    ).keepEmpty(),
  },
  { doc: "What is to be signed, by whom, and who asks. Cannot be changed." },
);
export type CertificateSigningRequestSpec = TypeOf<typeof CertificateSigningRequestSpec>;

export const CertificateSigningRequestStatus = message(
  "io.k8s.api.certificates.v1.CertificateSigningRequestStatus",
  {
    conditions: field(1, list(CertificateSigningRequestCondition).mapKey("type"), "`Approved`, `Denied` or `Failed`."),
    certificate: field(2, bytes(), "The certificate as PEM, with those it comes from behind it."),
  },
  { doc: "What became of a request." },
);
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
    spec: field(2, CertificateSigningRequestSpec, "What is to be signed, by whom, and who asks.").required(),
    status: field(3, CertificateSigningRequestStatus, "Whether it was approved, and the certificate.").always(),
  },
  columns: [
    nameColumn,
    ageColumn,
    {
      name: "SignerName",
      type: "string",
      doc: 'Requested signer for the request. It is a qualified name in the form: `scope-hostname.io/name`. If empty, it will be defaulted:\n 1. If it\'s a kubelet client certificate, it is assigned\n    "kubernetes.io/kube-apiserver-client-kubelet".\n 2. If it\'s a kubelet serving certificate, it is assigned\n    "kubernetes.io/kubelet-serving".\n 3. Otherwise, it is assigned "kubernetes.io/legacy-unknown".\nDistribution of trust for signers happens out of band. You can select on this field using `spec.signerName`.',
      value: ({ spec }) => spec.signerName || NONE,
    },
    {
      name: "Requestor",
      type: "string",
      doc: "Base64-encoded PKCS#10 CSR data",
      value: ({ spec }) => spec.username ?? "",
    },
    {
      name: "RequestedDuration",
      type: "string",
      doc: "expirationSeconds is the requested duration of validity of the issued certificate. The certificate signer may issue a certificate with a different validity duration so a client must check the delta between the notBefore and and notAfter fields in the issued certificate to determine the actual duration.\n\nThe v1.22+ in-tree implementations of the well-known Kubernetes signers will honor this field as long as the requested duration is not greater than the maximum duration they will honor per the --cluster-signing-duration CLI flag to the Kubernetes controller manager.\n\nCertificate signers may not honor this field for various reasons:\n\n  1. Old signer that is unaware of the field (such as the in-tree\n     implementations prior to v1.22)\n  2. Signer whose configured maximum is shorter than the requested duration\n  3. Signer whose configured minimum is longer than the requested duration\n\nThe minimum valid value for expirationSeconds is 600, i.e. 10 minutes.",
      value: ({ spec }) => (spec.expirationSeconds === undefined ? NONE : humanDuration(spec.expirationSeconds * 1000)),
    },
    {
      name: "Condition",
      type: "string",
      doc: "Conditions applied to the request, such as approval or denial.",
      value: ({ status }) => requestState(status),
    },
  ],
  selectableFields: { "spec.signerName": ({ spec }) => spec.signerName },
  prepareForCreate({ spec }, { user, username }) {
    // Who asks is what the signer goes by; nobody can say it for another.
    spec.username = user?.username ?? username ?? "";
    delete spec.extra;
    if (user === undefined) return;
    spec.uid = user.uid ?? "";
    spec.groups = [...user.groups];
    if (user.extra !== undefined) spec.extra = structuredExtra(user.extra);
  },
  prepareForUpdate(draft, previous, { now, subresource }) {
    // What was asked for stays; only the answer changes.
    draft.spec = previous.spec as typeof draft.spec;
    if (subresource === "status") keepVerdicts(draft.status.conditions, previous.status.conditions);
    stampConditions(draft.status.conditions, previous.status.conditions, formatTime(now));
  },
  validateName: nameIsPathSegment,
  metadataOnUpdate: () => ["whole", "change"],
  validate: validateCertificateSigningRequest,
  validateUpdate: validateCertificateSigningRequestUpdate,
});
export type CertificateSigningRequest = ObjectOf<typeof CertificateSigningRequest>;

/** `Pending`, `Approved,Issued`, `Denied`, `Pending,Failed`; denied outdoes approved. */
function requestState({ conditions, certificate }: CertificateSigningRequestStatus): string {
  const types = new Set(conditions?.map(({ type }) => type));
  const decision = ["Denied", "Approved"].find((type) => types.has(type)) ?? "Pending";
  return [decision, ...(types.has("Failed") ? ["Failed"] : []), ...(certificate ? ["Issued"] : [])].join(",");
}

function structuredExtra(extra: Readonly<Record<string, readonly string[]>>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]]));
}
