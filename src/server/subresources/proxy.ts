/** `proxy` of pods, services and nodes: passes HTTP on to what runs there. */
import type { Pod, Service } from "../../api/index.ts";
import type { ApiResponse } from "../../machinery/door.ts";
import { badRequest, notFound, serviceUnavailable } from "../../machinery/errors.ts";
import type { KubeObject } from "../../machinery/kind.ts";
import type { Exchange, Handler } from "../exchange.ts";
import type { Routes } from "../routes.ts";
import { oneOf, readyEnds, slicesOf } from "../services/ends.ts";
import { admitConnection, forward, kubeletOf } from "./connect.ts";
import { resourceNamed } from "./kinds.ts";

const VERBS = ["get", "create", "update", "patch", "delete"];

export function installProxy(routes: Routes): void {
  const all = (handler: Handler): Record<string, Handler> => Object.fromEntries(VERBS.map((verb) => [verb, handler]));
  routes.special(
    "/pods/proxy",
    all((exchange) => proxied(exchange, "PodProxyOptions", podTarget)),
  );
  routes.special(
    "/services/proxy",
    all((exchange) => proxied(exchange, "ServiceProxyOptions", serviceTarget)),
  );
  routes.special("/nodes/proxy", all(toNode));
}

interface Target {
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly port: number;
}

/** `[scheme:]name[:port]` in the place of a name. */
interface Asked {
  readonly scheme: "http" | "https";
  readonly name: string;
  readonly port: string;
}

function askedOf({ info }: Exchange, plural: string): Asked {
  const parts = info.name.split(":");
  if (parts.length === 1) return { scheme: "http", name: parts[0]!, port: "" };
  if (parts.length === 2) return { scheme: "http", name: parts[0]!, port: parts[1]! };
  const [scheme, name = "", port = ""] = parts;
  if (parts.length > 3 || (scheme !== "http" && scheme !== "https" && scheme !== "")) {
    throw badRequest(`invalid ${plural} request ${JSON.stringify(info.name)}`);
  }
  return { scheme: scheme === "https" ? "https" : "http", name, port };
}

async function proxied(
  exchange: Exchange,
  options: string,
  targetOf: (exchange: Exchange) => Target,
): Promise<ApiResponse> {
  await admitConnection(exchange, options);
  const target = targetOf(exchange);
  const { addresses } = exchange.parts;
  if (addresses === undefined) throw serviceUnavailable("this server has no way to reach pods");
  return onwards(exchange, (path, query) => forward(exchange, addresses(target), { path, query }));
}

async function toNode(exchange: Exchange): Promise<ApiResponse> {
  await admitConnection(exchange, "NodeProxyOptions");
  const { name } = askedOf(exchange, "node");
  const door = kubeletOf(exchange, name);
  return onwards(exchange, (path, query) => forward(exchange, door, { path, query }));
}

/** A path without its last slash is sent there, so that relative links work. */
async function onwards(
  { info, request }: Exchange,
  pass: (path: string, query: string) => Promise<ApiResponse>,
): Promise<ApiResponse> {
  if (info.rest === undefined && (request.method === "GET" || request.method === "HEAD")) {
    const location = `${info.path}/${request.query === "" ? "" : `?${request.query}`}`;
    return { status: 301, headers: { location }, body: { form: "none" } };
  }
  return pass(`/${info.rest ?? ""}`, request.query);
}

function objectOf(exchange: Exchange, plural: string, name: string): KubeObject {
  const resource = resourceNamed(exchange.parts, "", "v1", plural);
  const entry = exchange.parts.store.snapshot().get(resource.keyOf(exchange.info.namespace, name));
  if (entry === undefined) throw notFound(resource.groupResource, name);
  return resource.view(entry);
}

function podTarget(exchange: Exchange): Target {
  const { scheme, name, port } = askedOf(exchange, "pod");
  const pod = objectOf(exchange, "pods", name) as Pod;
  const host = pod.status.podIP;
  if (!host) throw badRequest("address not allowed");
  const ports = pod.spec.containers.flatMap((container) => container.ports ?? []);
  const first = ports.find((each) => (each.protocol ?? "TCP") === "TCP")?.containerPort;
  const byName = ports.find((each) => each.name === port)?.containerPort;
  return { scheme, host, port: Number(port) || byName || first || (scheme === "https" ? 443 : 80) };
}

function serviceTarget(exchange: Exchange): Target {
  const { scheme, name, port } = askedOf(exchange, "service");
  const { spec } = objectOf(exchange, "services", name) as Service;
  let portName = port;
  if (/^\d+$/.test(port)) {
    const found = spec.ports?.find((each) => each.port === Number(port));
    if (found === undefined)
      throw serviceUnavailable(`no service port ${port} found for service ${JSON.stringify(name)}`);
    portName = found.name ?? "";
  }
  // Upstream looks for the Service's Endpoints, and names the Service when there are none.
  const { parts, info } = exchange;
  const slices = slicesOf(parts.store.snapshot(), { namespace: info.namespace, name });
  if (slices.length === 0 && !hasEndpoints(exchange, name)) throw notFound({ group: "", resource: "services" }, name);
  return { scheme, ...oneOf(readyEnds(slices, portName), name, parts.random) };
}

function hasEndpoints({ parts, info }: Exchange, service: string): boolean {
  const endpoints = resourceNamed(parts, "", "v1", "endpoints");
  return parts.store.snapshot().get(endpoints.keyOf(info.namespace, service)) !== undefined;
}
