import type { Exchange } from "../exchange.ts";

/** The identity of this request in logs and answers: the client's where it gives one, as upstream. */
export function audit(exchange: Exchange): void {
  exchange.auditId = exchange.request.headers["audit-id"] || exchange.parts.requestIds.next();
}
