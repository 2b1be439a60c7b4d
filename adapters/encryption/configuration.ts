/**
 * Upstream's EncryptionConfiguration (apiserver.config.k8s.io/v1), read and checked: which resources are encrypted, and
 * how. Every error names the field.
 */
import { isObject, stringAt } from "./fields.ts";
import type { Fault, Json } from "./fields.ts";

export interface Configuration {
  readonly resources: readonly ResourceRule[];
}

export interface ResourceRule {
  /** `secrets`, `deployments.apps`, `*.apps`, `*.` (all of the core group) or `*.*`. */
  readonly resources: readonly string[];
  readonly providers: readonly ProviderRule[];
}

export type ProviderRule =
  | { readonly kind: "identity" }
  | { readonly kind: "aesgcm" | "aescbc" | "secretbox"; readonly keys: readonly Key[] }
  | { readonly kind: "kms"; readonly name: string; readonly endpoint: string; readonly timeout: string };

export interface Key {
  readonly name: string;
  readonly secret: Uint8Array;
}

const VERSIONS = ["apiserver.config.k8s.io/v1", "v1"];
const SIZES: Readonly<Record<string, readonly number[]>> = {
  aesgcm: [16, 24, 32],
  aescbc: [16, 24, 32],
  secretbox: [32],
};
const KINDS = ["aescbc", "aesgcm", "secretbox", "identity", "kms"];

/** Throws with one sentence for all that is wrong. */
export function readConfiguration(value: unknown): Configuration {
  const faults: Fault[] = [];
  const fault = (field: string, text: string): void => void faults.push(`${field}: ${text}`);
  const resources: ResourceRule[] = [];
  if (
    !isObject(value) ||
    value["kind"] !== "EncryptionConfiguration" ||
    !VERSIONS.includes(String(value["apiVersion"]))
  ) {
    fault("kind", "must be EncryptionConfiguration of apiserver.config.k8s.io/v1");
  } else if (!Array.isArray(value["resources"]) || value["resources"].length === 0) {
    fault("resources", "Required value: must contain at least one resource");
  } else {
    value["resources"].forEach((each, index) => resources.push(ruleOf(each, `resources[${index}]`, fault)));
  }
  const names = resources.flatMap(({ providers }) =>
    providers.flatMap((each) => (each.kind === "kms" ? each.name : [])),
  );
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) fault("resources", `two kms providers are named ${JSON.stringify(twice)}`);
  if (faults.length > 0) throw new Error(faults.join("; "));
  return { resources };
}

type Say = (field: string, text: string) => void;

function ruleOf(value: unknown, at: string, fault: Say): ResourceRule {
  const { resources, providers } = isObject(value) ? value : ({} as Json);
  const names = Array.isArray(resources) ? resources.map(String) : [];
  if (names.length === 0) fault(`${at}.resources`, "Required value: must contain at least one resource");
  names.forEach((name, index) => checkName(name, `${at}.resources[${index}]`, fault));
  const rules = Array.isArray(providers) ? providers : [];
  if (rules.length === 0) fault(`${at}.providers`, "Required value: must contain at least one provider");
  return {
    resources: names,
    providers: rules.flatMap((each, index) => providerOf(each, `${at}.providers[${index}]`, fault) ?? []),
  };
}

function checkName(name: string, at: string, fault: Say): void {
  if (name === "*") fault(at, 'use "*." for the core group\'s resources, or "*.*" for all');
  else if (!/^(\*\.\*|\*\.[a-z0-9.-]*|[a-z0-9-]+(\.[a-z0-9.-]+)?)$/.test(name)) {
    fault(at, `${JSON.stringify(name)} is no resource: write secrets, deployments.apps, *.apps, *. or *.*`);
  }
}

function providerOf(value: unknown, at: string, fault: Say): ProviderRule | undefined {
  const kinds = isObject(value) ? Object.keys(value).filter((kind) => KINDS.includes(kind)) : [];
  const [kind] = kinds;
  if (kinds.length !== 1 || Object.keys(value as Json).length !== 1) {
    fault(at, `must have exactly one of ${KINDS.join(", ")}`);
    return undefined;
  }
  const inner = (value as Json)[kind!] ?? {};
  if (!isObject(inner)) {
    fault(`${at}.${kind}`, "must be an object");
    return undefined;
  }
  if (kind === "identity") return { kind };
  if (kind === "kms") return kmsOf(inner, `${at}.kms`, fault);
  return keysOf(kind as "aesgcm", inner, `${at}.${kind}`, fault);
}

function kmsOf(value: Json, at: string, fault: Say): ProviderRule {
  if (value["apiVersion"] !== "v2") fault(`${at}.apiVersion`, 'must be "v2": version 1 is out of use');
  const name = stringAt(value, "name", at, fault);
  const endpoint = stringAt(value, "endpoint", at, fault);
  if (name.includes(":")) fault(`${at}.name`, "must not have a colon");
  if (endpoint !== "" && !endpoint.startsWith("unix://")) fault(`${at}.endpoint`, "must begin with unix://");
  return { kind: "kms", name, endpoint, timeout: String(value["timeout"] ?? "3s") };
}

function keysOf(kind: "aesgcm" | "aescbc" | "secretbox", value: Json, at: string, fault: Say): ProviderRule {
  const list = Array.isArray(value["keys"]) ? (value["keys"] as unknown[]) : [];
  if (list.length === 0) fault(`${at}.keys`, "Required value: must contain at least one key");
  const keys = list.map((each, index): Key => {
    const here = `${at}.keys[${index}]`;
    const key = isObject(each) ? each : {};
    const name = stringAt(key, "name", here, fault);
    if (name.includes(":")) fault(`${here}.name`, "must not have a colon");
    const text = stringAt(key, "secret", here, fault);
    const secret = Buffer.from(text, "base64");
    // Never the secret itself: what is said here ends in logs.
    if (text !== "" && secret.toString("base64").replace(/=+$/, "") !== text.trim().replace(/=+$/, "")) {
      fault(`${here}.secret`, "must be base64");
    } else if (text !== "" && !SIZES[kind]!.includes(secret.length)) {
      fault(`${here}.secret`, `must have ${SIZES[kind]!.join(", ")} bytes before base64, not ${secret.length}`);
    }
    return { name, secret };
  });
  return { kind, keys };
}
