/** `/version`: the Kubernetes this server is. */
import { answerPlain } from "../respond.ts";
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
  routes.path("/version", (exchange) => answerPlain(exchange, VERSION), "get");
  routes.path("/version/", (exchange) => answerPlain(exchange, VERSION), "get");
}
