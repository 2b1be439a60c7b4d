/** Signs requests that were approved, with the cluster's CA, for the signers of upstream's controller manager. */
import { CertificateSigningRequest } from "../../api/certificates/index.ts";
import { formatTime } from "../../machinery/time.ts";
import { defineController, right, tellsEvents } from "../runtime/controller.ts";
import type { Controller, Observed } from "../runtime/controller.ts";
import { update } from "../runtime/plan.ts";
import type { Plan } from "../runtime/plan.ts";
import type { CertificateAuthority } from "./authority.ts";
import { signers } from "./signers.ts";

/** Upstream's --cluster-signing-duration, in seconds. */
const LONGEST = 365 * 24 * 3600;

export function csrSigner(authority: CertificateAuthority): Controller {
  return defineController<CertificateSigningRequest, object>({
    name: "certificatesigningrequest-signing-controller",
    account: "certificate-controller",
    kind: CertificateSigningRequest,
    rbac: [right("update", "certificates.k8s.io", "certificatesigningrequests/status"), tellsEvents],
    observe: () => ({}),
    decide: (observed) => decide(observed, authority),
  });
}

export function decide(
  { object: request, now }: Observed<CertificateSigningRequest>,
  authority: CertificateAuthority,
): Plan {
  const { spec, status } = request;
  const { conditions = [], certificate } = status;
  const is = (wanted: string): boolean => conditions.some(({ type }) => type === wanted);
  const signer = signers.get(spec.signerName);
  if (signer === undefined || certificate !== undefined || !is("Approved") || is("Denied") || is("Failed")) {
    return { writes: [] };
  }
  try {
    const text = atob(spec.request);
    signer.check(authority.read(text), spec.usages ?? []);
    const seconds = Math.min(spec.expirationSeconds ?? LONGEST, LONGEST);
    return written(request, { ...status, certificate: btoa(authority.sign(text, [signer.usage], seconds)) });
  } catch (error) {
    const failed = {
      type: "Failed",
      status: "True",
      reason: "SignerValidationFailure",
      message: (error as Error).message,
      lastUpdateTime: formatTime(now),
    };
    return written(request, { ...status, conditions: [...conditions, failed] });
  }
}

function written(request: CertificateSigningRequest, status: object): Plan {
  const changed = { ...request, status } as CertificateSigningRequest;
  return { writes: [update(CertificateSigningRequest, changed, { subresource: "status" })] };
}
