/** Encryption at rest, as a file says it: `--encryption-provider-config`. */
import { readFileSync } from "node:fs";
import type { Clock } from "../../src/machinery/clock.ts";
import type { Log } from "../../src/machinery/log.ts";
import { parseDuration } from "../../src/machinery/time.ts";
import { parseYaml } from "../../src/machinery/yaml.ts";
import type { Encryption, Transformer } from "../../src/store/encryption/transformer.ts";
import { aesCbc, aesGcm } from "./aes.ts";
import { readConfiguration } from "./configuration.ts";
import type { ProviderRule, ResourceRule } from "./configuration.ts";
import { connectKeyService } from "./kms-client.ts";
import { kmsProvider } from "./kms.ts";
import { identity, keyed, transformer } from "./providers.ts";
import type { Cipher, Provider } from "./providers.ts";
import { secretBox } from "./secretbox.ts";

/** Asked by the store's keys, such as `/core/secrets/default/x`. Rejects with what to do, naming the file, where it cannot be read or a key management service does not answer. */
export async function openEncryption(path: string, { clock, log }: { clock: Clock; log: Log }): Promise<Encryption> {
  const closers: (() => void)[] = [];
  try {
    const { resources } = readConfiguration(parseYaml(readFileSync(path, "utf8")).value);
    const rules: { readonly names: readonly string[]; readonly transformer: Transformer }[] = [];
    for (const rule of resources) {
      const providers = await Promise.all(rule.providers.map((each) => providerOf(each, { clock, log }, closers)));
      rules.push({ names: rule.resources, transformer: transformer(providers) });
    }
    const known = new Map<string, Transformer | undefined>();
    return {
      of(key) {
        const resource = key.slice(1, key.indexOf("/", key.indexOf("/", 1) + 1));
        if (!known.has(resource)) known.set(resource, rules.find(({ names }) => covers(names, resource))?.transformer);
        return known.get(resource);
      },
      close: () => closers.forEach((close) => close()),
    };
  } catch (error) {
    for (const close of closers) close();
    throw new Error(`${path} cannot be used as encryption configuration: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** `resource` is `core/secrets` or `apps/deployments`. */
function covers(names: ResourceRule["resources"], resource: string): boolean {
  const slash = resource.indexOf("/");
  const group = resource.slice(0, slash) === "core" ? "" : resource.slice(0, slash);
  const name = resource.slice(slash + 1);
  return names.some((each) => {
    if (each === "*.*") return true;
    if (each.startsWith("*.")) return each.slice(2) === group;
    const dot = each.indexOf(".");
    const [wanted, of] = dot < 0 ? [each, ""] : [each.slice(0, dot), each.slice(dot + 1)];
    return wanted === name && of === group;
  });
}

const CIPHERS: Readonly<Record<string, (secret: Uint8Array) => Cipher>> = {
  aesgcm: aesGcm,
  aescbc: aesCbc,
  secretbox: secretBox,
};

async function providerOf(
  rule: ProviderRule,
  { clock, log }: { clock: Clock; log: Log },
  closers: (() => void)[],
): Promise<Provider> {
  if (rule.kind === "identity") return identity;
  if (rule.kind === "kms") {
    const service = connectKeyService(rule.name, rule.endpoint, parseDuration(rule.timeout));
    closers.push(() => service.close());
    const provider = await kmsProvider({ name: rule.name, service, clock, log });
    closers.push(() => provider.close());
    return provider;
  }
  const { kind, keys } = rule;
  return keyed(
    kind,
    keys.map(({ name, secret }) => ({ name, cipher: CIPHERS[kind]!(secret) })),
  );
}
