/**
 * Deletes requests for certificates that nobody needs any more: an hour after they were decided, a day where they were not,
 * and where the certificate is over.
 */
import { CertificateSigningRequest } from "../../api/certificates/index.ts";
import { pemBlocks } from "../../machinery/pem.ts";
import { timeOf } from "../../machinery/time.ts";
import { readCertificate } from "../../machinery/x509/certificate.ts";
import { defineController, right, tellsEvents } from "../runtime/controller.ts";
import type { Observed } from "../runtime/controller.ts";
import { remove } from "../runtime/plan.ts";
import type { Plan } from "../runtime/plan.ts";

/** Milliseconds. */
const DECIDED = 3600_000;
const PENDING = 24 * 3600_000;

export const csrCleaner = defineController<CertificateSigningRequest, object>({
  name: "certificatesigningrequest-cleaner-controller",
  account: "certificate-controller",
  kind: CertificateSigningRequest,
  rbac: [right("delete get list watch", "certificates.k8s.io", "certificatesigningrequests"), tellsEvents],
  observe: () => ({}),
  decide,
});

export function decide({ object: request, now }: Observed<CertificateSigningRequest>): Plan {
  const end = Math.min(...ends(request));
  if (end > now) return { writes: [], ...(Number.isFinite(end) && { recheckAt: end }) };
  return { writes: [remove(CertificateSigningRequest, request)] };
}

/** Each when it is enough; none for one that was approved and waits for its certificate. */
function ends({ status, metadata }: CertificateSigningRequest): number[] {
  const { conditions = [], certificate } = status;
  const after = (time: string | null | undefined, life: number): number[] => {
    const since = timeOf(time ?? undefined);
    return since === undefined ? [] : [since + life];
  };
  if (conditions.length === 0) return after(metadata.creationTimestamp, PENDING);
  return conditions.flatMap(({ type, lastUpdateTime }) => {
    if (type === "Denied" || type === "Failed") return after(lastUpdateTime, DECIDED);
    if (type !== "Approved" || certificate === undefined) return [];
    return [...after(lastUpdateTime, DECIDED), ...expiry(certificate)];
  });
}

/** When the certificate is of no use any more. */
function expiry(certificate: string): number[] {
  const [block] = pemBlocks(atob(certificate)).blocks;
  try {
    return block === undefined ? [] : [readCertificate(block.bytes).notAfter + 1];
  } catch {
    return [];
  }
}
