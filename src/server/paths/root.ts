/** `/`: all paths there are; and `/metrics`. */
import { encodeText } from "../encoding/json.ts";
import type { Parts } from "../parts.ts";
import { answerPlain, respond } from "../respond.ts";
import type { Discovery } from "./discovery.ts";

const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";

export function installRoot({ routes, metrics }: Parts, discovery: Discovery): void {
  routes.path(
    "/",
    (exchange) => {
      const known = [...routes.paths()].filter((path) => path !== "/" && !path.endsWith("/"));
      const paths = [...new Set([...known, ...discovery.paths()])].toSorted();
      return answerPlain(exchange, { paths });
    },
    "any",
  );
  routes.path(
    "/metrics",
    () => respond(200, METRICS_TYPE, { form: "bytes", bytes: encodeText(metrics.registry.text()) }),
    "any",
  );
}
