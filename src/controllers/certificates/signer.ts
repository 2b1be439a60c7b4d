/** Signs requests that were approved, with the cluster's CA, for the signers of upstream's controller manager. */
import { CertificateSigningRequest } from "../../api/certificates/index.ts";
import { quote } from "../../machinery/go-text.ts";
import { formatTime } from "../../machinery/time.ts";
import { readCertificateRequest } from "../../machinery/x509/certificate-request.ts";
import type { CertificateRequest } from "../../machinery/x509/certificate-request.ts";
import { defineController, right, tellsEvents } from "../runtime/controller.ts";
import type { Controller, Observed } from "../runtime/controller.ts";
import { update } from "../runtime/plan.ts";
import type { Plan } from "../runtime/plan.ts";
import type { CertificateAuthority } from "./authority.ts";
import { signers } from "./signers.ts";

/** Upstream's --cluster-signing-duration, and the least it gives. Milliseconds, as all here. */
const LONGEST = 365 * 24 * 3600_000;
const SHORTEST = 600_000;
/** A certificate begins a little earlier, for clocks that are behind; one that is short ends no earlier for that. */
const BACKDATE = 300_000;
const SHORT = 8 * 3600_000;

export function csrSigner(authority: CertificateAuthority): Controller {
  return defineController<CertificateSigningRequest, object>({
    name: "certificatesigningrequest-signing-controller",
    account: "certificate-controller",
    kind: CertificateSigningRequest,
    rbac: [
      right("update", "certificates.k8s.io", "certificatesigningrequests/status"),
      right("sign", "certificates.k8s.io", "signers", [...signers.keys()].join(" ")),
      tellsEvents,
    ],
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
  const check = signers.get(spec.signerName);
  if (check === undefined || certificate !== undefined || !is("Approved") || is("Denied") || is("Failed")) {
    return { writes: [] };
  }
  const asked = contentOf(request);
  const usages = spec.usages ?? [];
  const refusal = refusalOf(() => check(asked, usages));
  if (refusal === undefined) {
    const terms = { usages, ...timesOf(spec.expirationSeconds, now) };
    return written(request, { ...status, certificate: btoa(authority.sign(asked, terms)) });
  }
  const failed = {
    type: "Failed",
    status: "True",
    reason: "SignerValidationFailure",
    message: refusal,
    lastUpdateTime: formatTime(now),
  };
  return written(request, { ...status, conditions: [...conditions, failed] });
}

/** What it asks for. Throws where it cannot be read, which only another API server lets pass. */
export function contentOf({ metadata, spec }: CertificateSigningRequest): CertificateRequest {
  try {
    return readCertificateRequest(atob(spec.request));
  } catch (error) {
    throw new Error(`unable to parse csr ${quote(metadata.name)}: ${(error as Error).message}`, { cause: error });
  }
}

function refusalOf(check: () => void): string | undefined {
  try {
    check();
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}

function timesOf(seconds: number | undefined, now: number): { readonly notBefore: number; readonly notAfter: number } {
  const life = seconds === undefined ? LONGEST : Math.max(Math.min(seconds * 1000, LONGEST), SHORTEST);
  return { notBefore: now - BACKDATE, notAfter: now + life - (life < SHORT ? 0 : BACKDATE) };
}

function written(request: CertificateSigningRequest, status: object): Plan {
  const changed = { ...request, status } as CertificateSigningRequest;
  return { writes: [update(CertificateSigningRequest, changed, { subresource: "status" })] };
}
