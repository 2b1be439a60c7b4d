/** Deletes requests for certificates that nobody needs any more: an hour after they were decided, a day where they were not. */
import { CertificateSigningRequest } from "../../api/certificates/index.ts";
import { timeOf } from "../../machinery/time.ts";
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
  const { status, metadata } = request;
  const { conditions = [], certificate } = status;
  const at = (wanted: string): number | undefined => {
    const found = conditions.find(({ type }) => type === wanted);
    return found && timeOf(found.lastUpdateTime ?? undefined);
  };
  const approved = at("Approved");
  const decided = at("Denied") ?? at("Failed") ?? (certificate === undefined ? undefined : approved);
  const created = timeOf(metadata.creationTimestamp) ?? now;
  const end = decided === undefined ? created + PENDING : decided + DECIDED;
  if (end > now) return { writes: [], recheckAt: end };
  return { writes: [remove(CertificateSigningRequest, request)] };
}
