/**
 * A container's environment: services first, then `envFrom`, then `env` in order, each overriding what came before,
 * and each able to use what came before through `$(NAME)`.
 */
import { ownValue } from "../../machinery/json-tree.ts";
import type { ConfigMap, Container, EnvVar, Pod, Secret, Service } from "../../api/core/index.ts";
import { fromBase64 } from "../../machinery/base64.ts";
import { expand } from "./expand.ts";
import { containerResource, podField } from "./field-ref.ts";
import type { NodeSizes } from "./field-ref.ts";

/** What variables may refer to. `undefined`: there is no such object. */
export interface EnvSources {
  configMap(name: string): Promise<ConfigMap | undefined>;
  secret(name: string): Promise<Secret | undefined>;
  /** Those of the pod's namespace, and `kubernetes` of `default`. */
  services(): Iterable<Service>;
  /** A file of an emptyDir volume (fileKeyRef). */
  file?(volume: string, path: string): Promise<string | undefined>;
  readonly podIPs: readonly string[];
  readonly hostIPs: readonly string[];
  readonly node: NodeSizes;
}

/** The container cannot be made as the pod describes it; shown as CreateContainerConfigError. */
export class ConfigError extends Error {}

export async function environment(pod: Pod, container: Container, sources: EnvSources): Promise<Map<string, string>> {
  const env = new Map<string, string>();
  if (pod.spec.enableServiceLinks !== false) serviceVariables(pod, sources.services(), env);
  else masterService(sources.services(), env);
  for (const source of container.envFrom ?? []) await addFrom(source, sources, env);
  for (const variable of container.env ?? []) {
    const value = await valueOf(pod, container, variable, sources, env);
    if (value !== undefined) env.set(variable.name, value);
  }
  return env;
}

async function addFrom(
  source: NonNullable<Container["envFrom"]>[number],
  sources: EnvSources,
  env: Map<string, string>,
): Promise<void> {
  const prefix = source.prefix ?? "";
  const { configMapRef, secretRef } = source;
  if (configMapRef) {
    const object = await sources.configMap(configMapRef.name ?? "");
    if (!object && !configMapRef.optional) throw new ConfigError(`configmap "${configMapRef.name}" not found`);
    for (const [key, value] of Object.entries(object?.data ?? {})) env.set(prefix + key, value);
  }
  if (secretRef) {
    const object = await sources.secret(secretRef.name ?? "");
    if (!object && !secretRef.optional) throw new ConfigError(`secret "${secretRef.name}" not found`);
    for (const [key, value] of Object.entries(object?.data ?? {})) env.set(prefix + key, decodeText(value));
  }
}

async function valueOf(
  pod: Pod,
  container: Container,
  { value, valueFrom }: EnvVar,
  sources: EnvSources,
  env: ReadonlyMap<string, string>,
): Promise<string | undefined> {
  if (!valueFrom) return expand(value ?? "", (name) => env.get(name));
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = valueFrom;
  if (fieldRef) return podField(pod, fieldRef.fieldPath, sources);
  if (resourceFieldRef) return containerResource(pod, container, resourceFieldRef, sources.node);
  if (configMapKeyRef) {
    const object = await sources.configMap(configMapKeyRef.name ?? "");
    const found = ownValue(object?.data, configMapKeyRef.key);
    if (found !== undefined || configMapKeyRef.optional) return found;
    if (!object) throw new ConfigError(`configmap "${configMapKeyRef.name}" not found`);
    throw new ConfigError(
      `couldn't find key ${configMapKeyRef.key} in ConfigMap ${pod.metadata.namespace}/${configMapKeyRef.name}`,
    );
  }
  if (secretKeyRef) {
    const object = await sources.secret(secretKeyRef.name ?? "");
    const found = ownValue(object?.data, secretKeyRef.key);
    if (found !== undefined) return decodeText(found);
    if (secretKeyRef.optional) return undefined;
    if (!object) throw new ConfigError(`secret "${secretKeyRef.name}" not found`);
    throw new ConfigError(
      `couldn't find key ${secretKeyRef.key} in Secret ${pod.metadata.namespace}/${secretKeyRef.name}`,
    );
  }
  if (fileKeyRef) {
    const text = await sources.file?.(fileKeyRef.volumeName, fileKeyRef.path);
    const found = text === undefined ? undefined : envFile(text).get(fileKeyRef.key);
    if (found === undefined && !fileKeyRef.optional) {
      throw new ConfigError(`environment variable key "${fileKeyRef.key}" not found in file "${fileKeyRef.path}"`);
    }
    return found;
  }
  return "";
}

/** `NAME='value'` lines; comments and empty lines are left out. */
function envFile(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of text.split("\n")) {
    const match = /^\s*(?:export\s+)?([^#=\s]+)=(.*)$/.exec(line);
    if (match) found.set(match[1]!, match[2]!.replace(/^(['"])(.*)\1\s*$/, "$2"));
  }
  return found;
}

/** The variables of Docker links for every service of the namespace that has an address. */
function serviceVariables(pod: Pod, services: Iterable<Service>, env: Map<string, string>): void {
  const chosen = new Map<string, Service>();
  for (const service of services) {
    const { name, namespace } = service.metadata;
    if (namespace === pod.metadata.namespace) chosen.set(name, service);
    else if (isMaster(service) && !chosen.has(name)) chosen.set(name, service);
  }
  for (const service of [...chosen.values()].toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))) {
    addService(service, env);
  }
}

function masterService(services: Iterable<Service>, env: Map<string, string>): void {
  for (const service of services) if (isMaster(service)) addService(service, env);
}

function isMaster({ metadata }: Service): boolean {
  return metadata.namespace === "default" && metadata.name === "kubernetes";
}

function addService(service: Service, env: Map<string, string>): void {
  const ip = service.spec?.clusterIP;
  const ports = service.spec?.ports ?? [];
  const first = ports[0];
  if (!ip || ip === "None" || !first) return;
  const prefix = service.metadata.name.toUpperCase().replaceAll("-", "_");
  const host = ip.includes(":") ? `[${ip}]` : ip;
  env.set(`${prefix}_SERVICE_HOST`, ip);
  env.set(`${prefix}_SERVICE_PORT`, String(first.port));
  for (const port of ports) {
    if (port.name) env.set(`${prefix}_SERVICE_PORT_${port.name.toUpperCase().replaceAll("-", "_")}`, String(port.port));
  }
  for (const [index, port] of ports.entries()) {
    const protocol = (port.protocol ?? "TCP").toLowerCase();
    const url = `${protocol}://${host}:${port.port}`;
    const base = `${prefix}_PORT_${port.port}_${protocol.toUpperCase()}`;
    if (index === 0) env.set(`${prefix}_PORT`, url);
    env.set(base, url);
    env.set(`${base}_PROTO`, protocol);
    env.set(`${base}_PORT`, String(port.port));
    env.set(`${base}_ADDR`, ip);
  }
}

function decodeText(base64: string): string {
  return new TextDecoder().decode(decodeBytes(base64));
}

export function decodeBytes(base64: string): Uint8Array {
  return fromBase64(base64);
}
