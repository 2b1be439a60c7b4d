/** `/`: all paths there are; and `/metrics`. */
import { encodeJson, encodeText } from "../encoding/json.ts";
import type { Parts } from "../parts.ts";
import { respond } from "../respond.ts";
import type { Discovery } from "./discovery.ts";

const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";

export function installRoot({ routes, metrics }: Parts, discovery: Discovery): void {
  routes.path(
    "/",
    () => {
      const known = [...routes.paths()].filter((path) => path !== "/" && !path.endsWith("/"));
      const paths = [...new Set([...known, ...discovery.paths()])].toSorted();
      // As JSON, whatever is asked for.
      return respond(200, "application/json", { form: "bytes", bytes: encodeJson({ paths }, true) });
    },
    "any",
  );
  routes.path(
    "/metrics",
    () => respond(200, METRICS_TYPE, { form: "bytes", bytes: encodeText(metrics.registry.text()) }),
    "any",
  );
}
