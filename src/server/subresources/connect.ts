/**
 * Subresources of pods that lead to the kubelet of their node: log, exec, attach, portforward. The kubelet answers as a
 * door too; what it says is passed on.
 */
import { canonicalTime } from "../../machinery/time.ts";
import type { Pod } from "../../api/index.ts";
import type { ApiRequest, ApiResponse, Door } from "../../machinery/door.ts";
import {
  StatusError,
  badRequest,
  internalError,
  invalid as invalidObject,
  notFound,
  serviceUnavailable,
} from "../../machinery/errors.ts";
import { forbidden, invalid } from "../../machinery/field-errors.ts";
import type { FieldError } from "../../machinery/field-errors.ts";
import type { Draft, KubeObject } from "../../machinery/kind.ts";
import { apiVersionOf } from "../../machinery/scheme.ts";
import type { Exchange } from "../exchange.ts";
import { integer } from "../options.ts";
import { flag } from "../query.ts";
import type { Routes } from "../routes.ts";
import { found } from "../verbs/get.ts";
import { admitCreation, resourceNamed } from "./kinds.ts";

export function installConnect(routes: Routes): void {
  routes.special("/pods/log", { get: log });
  for (const [name, handler] of Object.entries({ exec, attach, portforward: portForward })) {
    routes.special(`/pods/${name}`, { get: handler, create: handler });
  }
}

/** The kubelet of a node. Throws where the node is not there, or nothing leads to it. */
export function kubeletOf({ parts }: Exchange, nodeName: string): Door {
  const nodes = resourceNamed(parts, "", "v1", "nodes");
  const entry = parts.store.snapshot().get(nodes.keyOf("", nodeName));
  if (entry === undefined) throw notFound(nodes.groupResource, nodeName);
  if (parts.nodes === undefined) throw serviceUnavailable("this server has no way to reach the kubelets");
  return parts.nodes(nodes.view(entry));
}

/** Asks another door in the name of this request. Credentials stay here. */
export async function forward(
  exchange: Exchange,
  door: Door,
  asked: Pick<ApiRequest, "path" | "query"> & Partial<ApiRequest>,
): Promise<ApiResponse> {
  const { authorization: _, ...headers } = exchange.request.headers;
  try {
    return await door({ ...exchange.request, headers, peer: { address: "kube-apiserver" }, ...asked });
  } catch (error) {
    throw internalError(`error dialing backend: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

const podOf = (exchange: Exchange): Pod => exchange.resource!.view(found(exchange)) as Pod;

/** The container that is meant; the only one where none is named. */
function containerOf(exchange: Exchange, { metadata, spec }: Pod): string {
  const { name } = metadata;
  const asked = exchange.query.get("container");
  const { containers, initContainers = [], ephemeralContainers = [] } = spec;
  const all = [...initContainers, ...containers, ...ephemeralContainers];
  if (asked === "") {
    if (containers.length === 1) return containers[0]!.name;
    const names = all.map((container) => container.name).join(" ");
    throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${names}]`);
  }
  if (!all.some((container) => container.name === asked))
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  return asked;
}

async function log(exchange: Exchange): Promise<ApiResponse> {
  checkLogOptions(exchange);
  const pod = podOf(exchange);
  const container = containerOf(exchange, pod);
  const { namespace = "", name } = pod.metadata;
  // Nothing runs yet, so nothing was said.
  if (!pod.spec.nodeName) return { status: 204, headers: {}, body: { form: "none" } };
  const path = `/containerLogs/${namespace}/${name}/${container}`;
  const answer = await forward(exchange, kubeletOf(exchange, pod.spec.nodeName), { path, query: logQuery(exchange) });
  return answer.status < 300 ? answer : refusal(answer);
}

const LOG_OPTIONS = ["sinceTime", "sinceSeconds", "tailLines", "limitBytes"];
const LOG_FLAGS = ["follow", "previous", "timestamps"];

function logQuery({ query }: Exchange): string {
  const asked = new URLSearchParams();
  for (const name of LOG_OPTIONS) if (query.get(name) !== "") asked.set(name, query.get(name));
  for (const name of LOG_FLAGS) if (flag(query, name)) asked.set(name, "true");
  return asked.toString();
}

function checkLogOptions({ query, info }: Exchange): void {
  const errors: FieldError[] = [];
  const atLeast = (name: string, least: number, text: string): void => {
    const value = integer(query, name);
    if (value !== undefined && value < least) errors.push(invalid(name, value, text));
  };
  atLeast("tailLines", 0, "must be greater than or equal to 0");
  atLeast("limitBytes", 1, "must be greater than 0");
  checkTime(query.get("sinceTime"));
  if (query.get("sinceSeconds") !== "" && query.get("sinceTime") !== "") {
    // How Go prints a path without a name.
    errors.push(forbidden("[]", "at most one of `sinceTime` or `sinceSeconds` may be specified"));
  } else atLeast("sinceSeconds", 1, "must be greater than 0");
  // PodLogsQuerySplitStreams is off in v1.36.
  if (query.get("stream") !== "") errors.push(forbidden("stream", "may not be specified"));
  if (errors.length > 0) throw invalidObject({ group: "", kind: "PodLogOptions" }, info.name, errors);
}

/** Old clients say null for none. Throws 400 in Go's words. */
function checkTime(text: string): void {
  if (text === "" || text === "null") return;
  try {
    canonicalTime(text);
  } catch (error) {
    throw badRequest((error as Error).message);
  }
}

/** What the kubelet refused, as a Status with its words. */
async function refusal({ status, body }: ApiResponse): Promise<never> {
  const decoder = new TextDecoder();
  let text = "";
  if (body.form === "bytes") text = decoder.decode(body.bytes);
  if (body.form === "stream") for await (const chunk of body.chunks) text += decoder.decode(chunk, { stream: true });
  const message = text.trim();
  if (status === 400) throw badRequest(message);
  const reason = status === 404 ? "NotFound" : "InternalError";
  throw new StatusError({
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason,
    code: status,
  });
}

const exec = (exchange: Exchange): Promise<ApiResponse> => command(exchange, "exec", "PodExecOptions");
const attach = (exchange: Exchange): Promise<ApiResponse> => command(exchange, "attach", "PodAttachOptions");

async function command(exchange: Exchange, what: "exec" | "attach", options: string): Promise<ApiResponse> {
  await admitConnection(exchange, options);
  const pod = podOf(exchange);
  const { phase } = pod.status;
  if (phase === "Succeeded" || phase === "Failed") {
    throw badRequest(`cannot exec into a container in a completed pod; current phase is ${phase}`);
  }
  const container = containerOf(exchange, pod);
  const { query } = exchange;
  const asked = new URLSearchParams();
  if (flag(query, "stdin")) asked.set("input", "1");
  if (!query.has("stdout") || flag(query, "stdout")) asked.set("output", "1");
  if (!query.has("stderr") || flag(query, "stderr")) asked.set("error", "1");
  if (flag(query, "tty")) asked.set("tty", "1");
  for (const word of query.all("command")) asked.append("command", word);
  const kubelet = upgradedTo(exchange, pod);
  if (what === "exec" && !query.has("command"))
    throw badRequest("you must specify at least 1 command for the container");
  const { namespace = "", name } = pod.metadata;
  return connected(exchange, kubelet, `/${what}/${namespace}/${name}/${container}`, asked.toString());
}

async function portForward(exchange: Exchange): Promise<ApiResponse> {
  for (const port of exchange.query.all("ports").flatMap((ports) => ports.split(","))) checkPort(port);
  await admitConnection(exchange, "PodPortForwardOptions");
  const pod = podOf(exchange);
  const { namespace = "", name } = pod.metadata;
  return connected(exchange, upgradedTo(exchange, pod), `/portForward/${namespace}/${name}`, exchange.request.query);
}

/** Throws 400 in Go's words where it is no number of 16 bits. */
function checkPort(port: string): void {
  const digits = /^\d+$/.test(port);
  if (digits && Number(port) <= 0xffff) return;
  const why = digits ? "value out of range" : "invalid syntax";
  throw badRequest(`cannot convert to []int32: strconv.ParseUint: parsing ${JSON.stringify(port)}: ${why}`);
}

/** The kubelet that a pod's connection goes to. */
function upgradedTo(exchange: Exchange, { metadata, spec: { nodeName } }: Pod): Door {
  if (!nodeName) throw badRequest(`pod ${metadata.name} does not have a host assigned`);
  const kubelet = kubeletOf(exchange, nodeName);
  if (exchange.request.upgrade === undefined) throw badRequest("Upgrade request required");
  return kubelet;
}

async function connected(exchange: Exchange, kubelet: Door, path: string, query: string): Promise<ApiResponse> {
  const answer = await forward(exchange, kubelet, { path, query });
  return answer.status < 300 ? answer : refusal(answer);
}

/** Admission sees the options of the connection, not the object it leads to: that may not even be there. */
export async function admitConnection(exchange: Exchange, kindName: string): Promise<void> {
  const kind = exchange.parts.scheme.byApiVersion("v1", kindName);
  if (kind === undefined) throw internalError(`no kind ${kindName}`);
  const { query } = exchange;
  const options: Record<string, unknown> = { kind: kindName, apiVersion: apiVersionOf(kind) };
  for (const name of ["stdin", "stdout", "stderr", "tty"]) if (flag(query, name)) options[name] = true;
  if (query.get("container") !== "") options["container"] = query.get("container");
  if (query.has("command")) options["command"] = query.all("command");
  await admitCreation(exchange, kind, options as unknown as Draft<KubeObject>, false, "CONNECT");
}
