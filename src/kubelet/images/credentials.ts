/** Registry credentials from pull secrets (`kubernetes.io/dockerconfigjson`, `kubernetes.io/dockercfg`). */
import type { Secret } from "../../api/core/index.ts";
import { decodeBytes } from "../config/env.ts";
import type { RegistryAuth } from "../runtime.ts";
import { parseImage } from "./reference.ts";

interface Entry {
  readonly username?: string;
  readonly password?: string;
  readonly auth?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
}

/** All that fit `image`, the most specific first. Secrets that cannot be read count as empty. */
export function credentialsFor(image: string, secrets: readonly Secret[]): RegistryAuth[] {
  const reference = parseImage(image);
  if (!reference) return [];
  const target = `${reference.registry}/${reference.path}`;
  const found: { readonly pattern: string; readonly auth: RegistryAuth }[] = [];
  for (const secret of secrets) {
    for (const [server, entry] of Object.entries(entriesOf(secret))) {
      const pattern = normalize(server);
      if (matches(pattern, target)) found.push({ pattern, auth: authOf(entry) });
    }
  }
  return found.toSorted((a, b) => b.pattern.length - a.pattern.length).map(({ auth }) => auth);
}

function entriesOf(secret: Secret): Readonly<Record<string, Entry>> {
  const config = secret.data?.[".dockerconfigjson"];
  const legacy = secret.data?.[".dockercfg"];
  try {
    if (config) return (JSON.parse(text(config)) as { auths?: Record<string, Entry> }).auths ?? {};
    if (legacy) return JSON.parse(text(legacy)) as Record<string, Entry>;
  } catch {
    // A secret that is no JSON holds no credentials; the pull then says what it lacks.
  }
  return {};
}

/** `https://index.docker.io/v1/` → `docker.io`; scheme and API version do not matter. */
function normalize(server: string): string {
  const bare = server.replace(/^https?:\/\//, "").replace(/\/(v1|v2)?\/?$/, "");
  return bare.replace(/^(index|registry-1)\.docker\.io/, "docker.io");
}

/** Host parts may be globs (`*.example.com`); a path is a prefix. */
function matches(pattern: string, target: string): boolean {
  const [host = "", ...path] = pattern.split("/");
  const [targetHost = "", ...targetPath] = target.split("/");
  const parts = host.split(".");
  const targetParts = targetHost.split(".");
  if (parts.length !== targetParts.length) return false;
  const hostFits = parts.every((part, index) => {
    const expression = part
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".");
    return new RegExp(`^${expression}$`).test(targetParts[index]!);
  });
  return hostFits && targetPath.join("/").startsWith(path.join("/"));
}

/** Without a server's address, as upstream: containerd takes only a URL there, and secrets mostly name a bare host. */
function authOf(entry: Entry): RegistryAuth {
  const [username, ...rest] = entry.auth ? text(entry.auth).split(":") : [entry.username ?? ""];
  return {
    username: entry.username ?? username,
    password: entry.password ?? rest.join(":"),
    ...(entry.identitytoken && { identityToken: entry.identitytoken }),
    ...(entry.registrytoken && { registryToken: entry.registrytoken }),
  };
}

function text(base64: string): string {
  return new TextDecoder().decode(decodeBytes(base64));
}
