/** All paths that are no resources, a file for each family. */
import type { Parts } from "../parts.ts";
import { installChanges } from "./changes.ts";
import { installDiff } from "./diff.ts";
import { Discovery } from "./discovery.ts";
import { installForks } from "./forks.ts";
import { Health } from "./health.ts";
import { OpenApi } from "./openapi.ts";
import { installOpenId } from "./openid.ts";
import { installReset } from "./reset.ts";
import { installRoot } from "./root.ts";
import { installSnapshot } from "./snapshot.ts";
import { installVersion } from "./version.ts";

export function installPaths(parts: Parts): { readonly health: Health } {
  const health = new Health();
  const discovery = new Discovery(parts.scheme, parts.aggregation);
  installRoot(parts, discovery);
  health.install(parts);
  installVersion(parts);
  installOpenId(parts);
  installChanges(parts);
  installDiff(parts);
  installForks(parts);
  installReset(parts);
  installSnapshot(parts);
  new OpenApi(parts.scheme, parts.aggregation).install(parts);
  discovery.install(parts);
  return { health };
}
