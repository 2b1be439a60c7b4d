/**
 * A Lease in kube-system for each API server, `apiserver-<hash of its host's name>`, as upstream: who looks at them knows how many
 * there are and which of them are alive. Leases of servers that went without a word are removed an hour after their end.
 */
import type { Clock } from "../machinery/clock.ts";
import type { Door } from "../machinery/door.ts";
import type { Log } from "../machinery/log.ts";
import { uuid } from "../machinery/random.ts";
import type { Random } from "../machinery/random.ts";
import { sha256 } from "../machinery/sha256.ts";
import { formatMicroTime, timeOf } from "../machinery/time.ts";
import { OwnRequests } from "./own-requests.ts";
import type { Thing } from "./own-requests.ts";

export interface IdentityOptions {
  readonly door: Door;
  readonly hostname: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const API = "/apis/coordination.k8s.io/v1";
const LABEL = "apiserver.kubernetes.io/identity";
const OURS = "kube-apiserver";
/** Seconds; milliseconds between renewals and between looks for those that are over. */
const DURATION = 3600;
const RENEW_EVERY = 10_000;
const LOOK_EVERY = 3600_000;

/** Begins at once; the result ends it and leaves the Lease to run out. */
export function keepIdentityLease({ door, hostname, clock, random, log }: IdentityOptions): () => void {
  const end = new AbortController();
  const api = new OwnRequests(door, end.signal);
  const name = identityOf(hostname);
  const holderIdentity = `${name}_${uuid(random)}`;
  const cancels = new Set<() => void>();
  const every = (milliseconds: number, what: string, work: () => Promise<void>): void => {
    work()
      .catch((error: unknown) => end.signal.aborted || log.warn(what, { error: String(error) }))
      .finally(() => {
        if (end.signal.aborted) return;
        const cancel = clock.after(milliseconds, () => {
          cancels.delete(cancel);
          every(milliseconds, what, work);
        });
        cancels.add(cancel);
      });
  };
  const renew = (): Promise<void> => {
    const renewTime = formatMicroTime(clock.now());
    return api.put(API, "leases", leaseOf(name, hostname, { holderIdentity, renewTime }), ({ spec }, found) => ({
      ...found,
      spec: { ...(found["spec"] as object), ...(spec as object) },
    }));
  };
  every(RENEW_EVERY, "the Lease of this API server could not be renewed", renew);
  every(LOOK_EVERY, "Leases of API servers that are gone could not be removed", () => removeOver(api, clock.now()));
  return () => {
    end.abort(new Error("the server stops"));
    for (const cancel of cancels) cancel();
  };
}

/** `apiserver-` and 128 bits of the SHA-256 of the host's name, in base 32. */
export function identityOf(hostname: string): string {
  let bits = 0n;
  for (const byte of sha256(new TextEncoder().encode(hostname)).subarray(0, 16)) bits = (bits << 8n) | BigInt(byte);
  // 26 digits of 5 bits hold 130: two more at the end.
  bits <<= 2n;
  let text = "";
  for (let i = 0; i < 26; i++, bits >>= 5n) text = DIGITS[Number(bits & 31n)]! + text;
  return `apiserver-${text}`;
}

const DIGITS = "abcdefghijklmnopqrstuvwxyz234567";

function leaseOf(name: string, hostname: string, spec: object): Thing {
  const labels = { [LABEL]: OURS, "kubernetes.io/hostname": hostname };
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name, namespace: "kube-system", labels },
    spec: { leaseDurationSeconds: DURATION, ...spec },
  };
}

interface LeaseLike extends Thing {
  readonly spec?: { readonly renewTime?: string; readonly leaseDurationSeconds?: number };
}

async function removeOver(api: OwnRequests, now: number): Promise<void> {
  const leases = (await api.list(`${API}/namespaces/kube-system`, "leases")) as readonly LeaseLike[];
  for (const lease of leases) {
    if (lease.metadata.labels?.[LABEL] !== OURS) continue;
    const { renewTime, leaseDurationSeconds = 0 } = lease.spec ?? {};
    const renewed = timeOf(renewTime);
    if (renewed === undefined || now > renewed + leaseDurationSeconds * 1000) await api.remove(API, "leases", lease);
  }
}
