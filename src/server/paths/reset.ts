/**
 * `POST /tiphys/v1/reset {"to": "15m"}`: makes the cluster what it was at a moment (see moment.ts; `fork`: how a fork began), as one
 * more revision. Events and Leases stay: they tell of what happened, and of who is alive now.
 *
 * No resource, and so allowed by RBAC rules for `nonResourceURLs`; by default only administrators may.
 */
import type { ApiResponse } from "../../machinery/door.ts";
import { badRequest, conflict } from "../../machinery/errors.ts";
import type { ToldReset } from "../../machinery/told-fork.ts";
import { resetStore } from "../../store/reset.ts";
import { Conflict } from "../../store/store.ts";
import { jsonOfBody } from "../body.ts";
import { encodeJson } from "../encoding/json.ts";
import type { Exchange } from "../exchange.ts";
import { snapshotOf } from "../moment.ts";
import type { Parts } from "../parts.ts";
import { respond } from "../respond.ts";

const PATH = "/tiphys/v1/reset";

const STAYING = ["/core/events/", "/coordination.k8s.io/leases/"];
const stays = (key: string): boolean => STAYING.some((prefix) => key.startsWith(prefix));

/** Over a database that others write to, too, somebody may be faster. */
const ATTEMPTS = 5;

export function installReset({ routes }: Parts): void {
  routes.action("POST", PATH, reset);
}

async function reset(exchange: Exchange): Promise<ApiResponse> {
  const { store, moments } = exchange.parts;
  const { to } = jsonOfBody(exchange) as { readonly to?: unknown };
  if (typeof to !== "string" || to === "") throw badRequest('a reset needs a moment: {"to": "15m"}');
  const target = moments?.(to) ?? snapshotOf(store, to, exchange.received);
  for (let attempt = 1; ; attempt++) {
    await store.refresh?.();
    const before = store.revision;
    try {
      const { revision, objects } = await resetStore(store, target, exchange.changeRecord(), stays);
      const told: ToldReset = {
        kind: "Reset",
        apiVersion: "tiphys/v1",
        to: target.revision,
        revision,
        before,
        objects,
      };
      return respond(200, "application/json", { form: "object", object: told, bytes: () => encodeJson(told) });
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      if (attempt === ATTEMPTS) throw conflict({ group: "tiphys", resource: "reset" }, to);
    }
  }
}
