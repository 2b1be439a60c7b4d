/** APIServices without a service of their own are this server itself: always available. */
import type { Draft, KubeObject } from "../../machinery/kind.ts";
import { formatTime } from "../../machinery/time.ts";
import type { Routes } from "../routes.ts";
import type { WriteAttempt } from "../write.ts";

export function installApiServices(routes: Routes): void {
  routes.prepared("apiregistration.k8s.io/apiservices", markLocal);
}

interface Parts {
  readonly spec?: { readonly service?: object | null };
  status?: { conditions?: readonly { readonly type: string }[] };
}

function markLocal({ draft, exchange }: WriteAttempt): void {
  const { spec, status } = draft as Draft<KubeObject> & Parts;
  if (spec?.service || status?.conditions?.some(({ type }) => type === "Available")) return;
  (draft as Parts).status = {
    ...status,
    conditions: [
      {
        type: "Available",
        status: "True",
        lastTransitionTime: formatTime(exchange.parts.clock.now()),
        reason: "Local",
        message: "Local APIServices are always available",
      } as { type: string },
    ],
  };
}
