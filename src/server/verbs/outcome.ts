import type { ApiResponse } from "../../machinery/door.ts";
import type { Exchange } from "../exchange.ts";
import type { Resource } from "../resource.ts";
import { answerEntry, answerObject } from "../respond.ts";
import type { Outcome } from "../write.ts";

/** What a write came to: 201 where it made the object, otherwise 200. */
export function answerOutcome(exchange: Exchange, resource: Resource, outcome: Outcome, created = 201): ApiResponse {
  const status = outcome.created ? created : 200;
  if (outcome.entry !== undefined) return answerEntry(exchange, resource, outcome.entry, status);
  return answerObject(exchange, resource, outcome.object, status);
}
