/** `serviceaccounts/token`: a fresh token, bound to a pod, secret or node where asked. */
import { validateTokenRequest } from "../../api/authentication/token-request.validation.ts";
import type { Pod, TokenRequest } from "../../api/index.ts";
import type { ApiResponse } from "../../machinery/door.ts";
import {
  badRequest,
  conflict,
  invalid as invalidObject,
  notFound,
  serviceUnavailable,
} from "../../machinery/errors.ts";
import { invalid } from "../../machinery/field-errors.ts";
import type { Draft } from "../../machinery/kind.ts";
import { parseApiVersion } from "../../machinery/scheme.ts";
import { formatTime } from "../../machinery/time.ts";
import { decodeBody } from "../body.ts";
import type { Exchange } from "../exchange.ts";
import { fieldValidationOf, writeOptionsOf } from "../options.ts";
import { apiAudiences } from "../parts.ts";
import type { TokenToIssue } from "../parts.ts";
import { resourceOf } from "../resource.ts";
import { answerObject } from "../respond.ts";
import type { Routes } from "../routes.ts";
import { checkNamespace } from "../namespace-of-path.ts";
import { found } from "../verbs/get.ts";
import { beginCreation, kindOf, resourceNamed } from "./kinds.ts";

const TOKEN_REQUEST = { group: "authentication.k8s.io", kind: "TokenRequest" };

export function installToken(routes: Routes): void {
  routes.special("/serviceaccounts/token", { create: issueToken });
}

async function issueToken(exchange: Exchange): Promise<ApiResponse> {
  const { parts, info } = exchange;
  const options = writeOptionsOf(exchange.query, "CreateOptions");
  const kind = kindOf(parts, "authentication.k8s.io/v1", "TokenRequest");
  const request = decodeBody(exchange, kind, fieldValidationOf(options)) as Draft<TokenRequest>;
  checkNamespace(request, info.namespace);
  // A node may ask only for what its pods say, which it would not do if the server had said it for it.
  const validate = await beginCreation(exchange, kind, request, options.dryRun !== undefined);
  const meta = (request.metadata ??= {} as Draft<TokenRequest>["metadata"]);
  if (meta.name && meta.name !== info.name) {
    const error = invalid("metadata.name", meta.name, "must match the service account name if specified");
    throw invalidObject(TOKEN_REQUEST, info.name, [error]);
  }
  const account = exchange.resource!.view(found(exchange)).metadata;
  if (meta.uid && meta.uid !== account.uid) {
    const { group, kind: resource } = TOKEN_REQUEST;
    const text = `the UID in the token request (${meta.uid}) does not match the UID of the service account (${account.uid})`;
    throw conflict({ group, resource }, info.name, text);
  }
  const { name, uid } = account;
  const creationTimestamp = formatTime(parts.clock.now());
  Object.assign(meta, { name, namespace: info.namespace, uid, creationTimestamp });
  request.status = {} as typeof request.status;
  const spec = (request.spec ??= {} as Draft<TokenRequest>["spec"]);
  const expirationSeconds = (spec.expirationSeconds ??= 3600);
  if (!spec.audiences?.length) spec.audiences = [...apiAudiences(parts.flags)];
  const errors = validateTokenRequest({ spec });
  if (errors.length > 0) throw invalidObject(TOKEN_REQUEST, "", errors);
  await validate();
  if (parts.issuer === undefined) throw serviceUnavailable("this server has no keys to sign tokens with");
  const bound = spec.boundObjectRef ? boundObject(exchange, spec.boundObjectRef, account.name) : {};
  const { audiences } = spec;
  const issued = await parts.issuer.issue({
    namespace: info.namespace,
    serviceAccount: { name: account.name, uid: account.uid },
    audiences,
    expirationSeconds,
    ...bound,
  });
  request.spec = { audiences, expirationSeconds, boundObjectRef: spec.boundObjectRef ?? null } as typeof spec;
  request.status = { token: issued.token, expirationTimestamp: issued.expirationTimestamp };
  return answerObject(exchange, resourceOf(kind), request, 201);
}

interface Reference {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly name?: string;
  readonly uid?: string;
}

const BINDABLE: ReadonlyMap<string, string> = new Map([
  ["Pod", "pods"],
  ["Secret", "secrets"],
  ["Node", "nodes"],
]);

/** The object the token lives and dies with. Throws where it is not there, or not what was meant. */
function boundObject(
  exchange: Exchange,
  { kind = "", apiVersion = "", name = "", uid }: Reference,
  account: string,
): Pick<TokenToIssue, "boundTo" | "node"> {
  const { group, version } = parseApiVersion(apiVersion);
  const plural = group === "" ? BINDABLE.get(kind) : undefined;
  if (plural === undefined) {
    throw badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${kind}`);
  }
  if (name === "") throw badRequest("Name parameter required.");
  const { parts, info } = exchange;
  const resource = resourceNamed(parts, "", "v1", plural);
  const entry = parts.store.head(resource.keyOf(info.namespace, name));
  if (entry === undefined) throw notFound(resource.groupResource, name);
  const object = resource.view(entry);
  const { spec: { serviceAccountName: user = "", nodeName = "" } = {} } = object as Partial<Pod>;
  if (kind === "Pod" && user !== account) {
    throw badRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(account)} to pod running with different serviceaccount name.`,
    );
  }
  if (uid && uid !== object.metadata.uid) {
    throw conflict(
      // As upstream, which names the kind here.
      { group, resource: kind },
      name,
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  const boundTo = { kind, apiVersion, name, uid: object.metadata.uid };
  return kind === "Pod" && nodeName !== "" ? { boundTo, node: nodeOf(exchange, nodeName) } : { boundTo };
}

function nodeOf(exchange: Exchange, name: string): { readonly name: string; readonly uid?: string } {
  const nodes = resourceNamed(exchange.parts, "", "v1", "nodes");
  const entry = exchange.parts.store.head(nodes.keyOf("", name));
  return entry === undefined ? { name } : { name, uid: nodes.view(entry).metadata.uid };
}
