/**
 * Approves the client certificates that kubelets ask for, where who asks may have one by the right to create
 * `certificatesigningrequests/nodeclient` (a machine that joins) or `/selfnodeclient` (a node that renews its own).
 */
import { SubjectAccessReview } from "../../api/authorization/index.ts";
import { CertificateSigningRequest } from "../../api/certificates/index.ts";
import type { Client } from "../../client/client.ts";
import { formatTime } from "../../machinery/time.ts";
import { defineController, right, tellsEvents } from "../runtime/controller.ts";
import type { ObjectKey, ReconcileContext } from "../runtime/controller.ts";
import type { CertificateRequest } from "../../machinery/x509/certificate-request.ts";
import { contentOf } from "./signer.ts";
import { KUBELET_CLIENT, signers } from "./signers.ts";

interface Recognizer {
  readonly subresource: string;
  readonly message: string;
  fits(spec: CertificateSigningRequest["spec"], content: CertificateRequest): boolean;
}

const RECOGNIZERS: readonly Recognizer[] = [
  {
    subresource: "selfnodeclient",
    message: "Auto approving self kubelet client certificate after SubjectAccessReview.",
    fits: ({ username }, { subject }) => username === subject.commonName,
  },
  {
    subresource: "nodeclient",
    message: "Auto approving kubelet client certificate after SubjectAccessReview.",
    fits: () => true,
  },
];

export const csrApprover = defineController<CertificateSigningRequest>({
  name: "certificatesigningrequest-approving-controller",
  account: "certificate-controller",
  kind: CertificateSigningRequest,
  rbac: [
    right("update", "certificates.k8s.io", "certificatesigningrequests/approval"),
    right("approve", "certificates.k8s.io", "signers", KUBELET_CLIENT),
    right("create", "authorization.k8s.io", "subjectaccessreviews"),
    tellsEvents,
  ],
  reconcile: approve,
});

async function approve({ name }: ObjectKey, { cache, client, now }: ReconcileContext): Promise<void> {
  const request = cache.get(CertificateSigningRequest, name);
  if (request === undefined || request.status.certificate !== undefined) return;
  const { conditions = [] } = request.status;
  if (conditions.some(({ type }) => type === "Approved" || type === "Denied")) return;
  const content = kubeletClient(request);
  if (content === undefined) return;
  const tried: string[] = [];
  for (const { subresource, message, fits } of RECOGNIZERS) {
    if (!fits(request.spec, content)) continue;
    tried.push(subresource);
    if (!(await mayHave(client, request.spec, subresource))) continue;
    const time = formatTime(now);
    const approved = { type: "Approved", status: "True", reason: "AutoApproved", message, lastUpdateTime: time };
    const status = { ...request.status, conditions: [...conditions, approved] } as typeof request.status;
    await client.update(CertificateSigningRequest, { ...request, status }, { subresource: "approval" });
    return;
  }
  // Tried again: the right may be given yet.
  throw new Error(`recognized csr "${name}" as [${tried.join(" ")}] but subject access review was not approved`);
}

/** What the request asks for, where it is a kubelet's for its client certificate. */
function kubeletClient(request: CertificateSigningRequest): CertificateRequest | undefined {
  const { signerName, usages = [] } = request.spec;
  if (signerName !== KUBELET_CLIENT) return undefined;
  const content = contentOf(request);
  try {
    signers.get(KUBELET_CLIENT)!(content, usages);
    return content;
  } catch {
    return undefined;
  }
}

async function mayHave(client: Client, spec: CertificateSigningRequest["spec"], subresource: string): Promise<boolean> {
  const { username: user, groups, uid, extra } = spec;
  const review = await client.create(SubjectAccessReview, {
    metadata: {},
    spec: {
      user,
      groups,
      uid,
      extra,
      resourceAttributes: {
        group: "certificates.k8s.io",
        resource: "certificatesigningrequests",
        verb: "create",
        subresource,
      },
    },
  });
  return review.status.allowed === true;
}
