/** `/version`: the Kubernetes this server is. */
import type { ApiResponse } from "../../machinery/door.ts";
import { ONLY_JSON } from "../encoding/negotiate.ts";
import type { Exchange } from "../exchange.ts";
import { answerPlain, negotiated } from "../respond.ts";
import type { Parts } from "../parts.ts";

export const VERSION = {
  major: "1",
  minor: "36",
  emulationMajor: "1",
  emulationMinor: "36",
  minCompatibilityMajor: "1",
  minCompatibilityMinor: "35",
  gitVersion: "v1.36.0",
  gitCommit: "0000000000000000000000000000000000000000",
  gitTreeState: "clean",
  buildDate: "2026-04-22T00:00:00Z",
  goVersion: "go1.26.0",
  compiler: "tiphys",
  platform: "linux/amd64",
} as const;

export function installVersion({ routes }: Parts): void {
  const answer = (exchange: Exchange): ApiResponse => {
    negotiated(exchange, undefined, ONLY_JSON);
    return answerPlain(exchange, VERSION);
  };
  routes.path("/version", answer, "get");
  routes.path("/version/", answer, "get");
}
