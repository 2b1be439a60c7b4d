/**
 * `GET /tiphys/v1/diff`: in what two moments of the cluster differ.
 *
 *     ?from=15m&to=now            two moments: see moment.ts; without `to` until now
 *     &namespace=shop             only what is in this namespace
 *     &resource=deployments,pods  only these; without it all but Events and Leases, which always change
 *     &resource=*                 really all
 *
 * On a fork (see forks.ts) `fork` is how it began, and what `from` is without being given; `origin` is the cluster it came from,
 * as that is now. On the cluster itself `fork/NAME` is the state of a fork.
 *
 * No resource, and so allowed by RBAC rules for `nonResourceURLs`; by default only administrators may read it.
 */
import { sleep } from "../../machinery/clock.ts";
import type { ApiResponse } from "../../machinery/door.ts";
import { badRequest } from "../../machinery/errors.ts";
import { quote } from "../../machinery/go-text.ts";
import type { KubeObject } from "../../machinery/kind.ts";
import { formatTime } from "../../machinery/time.ts";
import type { DifferenceList, ToldDifference, ToldMoment } from "../../machinery/told-difference.ts";
import type { Entry, Snapshot } from "../../store/store.ts";
import type { Difference } from "../../store/differences.ts";
import { changedFields, headlines } from "../changes/fields.ts";
import type { Limits } from "../changes/fields.ts";
import { kindOf } from "../changes/find-object.ts";
import { encodeJson } from "../encoding/json.ts";
import type { Exchange } from "../exchange.ts";
import { snapshotOf } from "../moment.ts";
import type { Parts } from "../parts.ts";
import { resourceOf } from "../resource.ts";
import { respond } from "../respond.ts";

const PATH = "/tiphys/v1/diff";

const MOST_ITEMS = 10_000;
/** So many differences are looked at before others get their turn. */
const SLICE = 500;
const LIMITS: Limits = { fields: 200, value: 2000 };

/** What changes all the time and says nothing of the cluster's state; the last are the server's own notes. */
const RESTLESS = ["/core/events/", "/coordination.k8s.io/leases/", "/tiphys/"];

/** The moment a diff begins with where nobody says. */
const FORK = "fork";

export function installDiff({ routes }: Parts): void {
  routes.path(PATH, diff);
}

async function diff(exchange: Exchange): Promise<ApiResponse> {
  const { query, parts } = exchange;
  const [from, to] = [query.get("from") || FORK, query.get("to") || "now"];
  const [old, now] = [momentOf(exchange, from), momentOf(exchange, to)];
  const wanted = filterOf(exchange);
  const items: ToldDifference[] = [];
  let looked = 0;
  let truncated = false;
  for (const each of old.differences(now)) {
    if (++looked % SLICE === 0) await sleep(parts.clock, 0, exchange.request.signal);
    const told = wanted(each.key) ? tell(each, query.get("namespace")) : undefined;
    if (told === undefined) continue;
    if (items.length === MOST_ITEMS) {
      truncated = true;
      break;
    }
    items.push(told);
  }
  const document: DifferenceList = {
    kind: "DifferenceList",
    apiVersion: "tiphys/v1",
    from: toldMoment(exchange, from, old),
    to: toldMoment(exchange, to, now),
    items,
    ...(truncated && { truncated }),
  };
  return respond(200, "application/json", { form: "object", object: document, bytes: () => encodeJson(document) });
}

function momentOf({ parts, received }: Exchange, moment: string): Snapshot {
  const named = parts.moments?.(moment);
  if (named !== undefined) return named;
  if (moment === FORK) {
    throw badRequest("a diff needs a moment to begin with: a revision (1234), a time, or how long ago (15m)");
  }
  return snapshotOf(parts.store, moment, received);
}

function toldMoment({ parts: { store, moments } }: Exchange, moment: string, { revision }: Snapshot): ToldMoment {
  const elsewhere = moments?.(moment) !== undefined;
  const committed = elsewhere ? undefined : store.record(revision)?.committed;
  return { moment, revision, ...(committed !== undefined && { time: formatTime(committed) }) };
}

function filterOf({ query, parts }: Exchange): (key: string) => boolean {
  const asked = query.get("resource");
  if (asked === "*") return () => true;
  if (asked === "") return (key) => !RESTLESS.some((prefix) => key.startsWith(prefix));
  const prefixes = asked.split(",").map((word) => {
    const kind = kindOf(parts.scheme, word.toLowerCase());
    if (kind === undefined) throw badRequest(`the server doesn't have a resource type ${quote(word)}`);
    return resourceOf(kind).prefix;
  });
  return (key) => prefixes.some((prefix) => key.startsWith(prefix));
}

/** Undefined for what nobody would call a difference: a heartbeat, a field manager's time, another revision. */
function tell({ before, after }: Difference<Entry>, namespace: string): ToldDifference | undefined {
  const object = (after ?? before)!.object as Partial<KubeObject>;
  const { apiVersion, kind, metadata } = object;
  if (apiVersion === undefined || kind === undefined || metadata === undefined) return undefined;
  if (namespace !== "" && metadata.namespace !== namespace) return undefined;
  const told = {
    apiVersion,
    kind,
    ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
    name: metadata.name,
  };
  if (after === undefined) return { verb: "deleted", ...told, fields: [] };
  if (before === undefined) return { verb: "created", ...told, fields: headlines(object) };
  const { fields, more } = changedFields(before.object, after.object, LIMITS);
  return fields.length === 0 ? undefined : { verb: "changed", ...told, fields, ...(more > 0 && { more }) };
}
