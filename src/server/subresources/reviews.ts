/** Reviews: questions to the authenticator and the authorizer. They are answered and never stored. */
import {
  validateLocalSubjectAccessReview,
  validateSelfSubjectAccessReview,
  validateSubjectAccessReview,
} from "../../api/authorization/access-review.validation.ts";
import type { ResourceAttributes } from "../../api/authorization/index.ts";
import type { ApiResponse, UserInfo } from "../../machinery/door.ts";
import { badRequest, invalid as invalidObject } from "../../machinery/errors.ts";
import type { FieldError } from "../../machinery/field-errors.ts";
import { aggregated } from "../../machinery/go-text.ts";
import type { Draft, KubeObject } from "../../machinery/kind.ts";
import { formatTime } from "../../machinery/time.ts";
import type { Attributes } from "../authorization/authorizer.ts";
import { askedSelectors } from "../authorization/selectors.ts";
import { decodeBody } from "../body.ts";
import type { Exchange } from "../exchange.ts";
import { noteUpdate } from "../managed-fields.ts";
import { fieldValidationOf, writeOptionsOf } from "../options.ts";
import { apiAudiences } from "../parts.ts";
import { answerObject } from "../respond.ts";
import type { Routes } from "../routes.ts";
import { placeIn } from "../namespace-of-path.ts";
import { admitCreation } from "./kinds.ts";

const AUTHORIZATION = "authorization.k8s.io";
const AUTHENTICATION = "authentication.k8s.io";

export function installReviews(routes: Routes): void {
  routes.special(`${AUTHORIZATION}/subjectaccessreviews`, { create: subjectReview });
  routes.special(`${AUTHORIZATION}/localsubjectaccessreviews`, { create: localReview });
  routes.special(`${AUTHORIZATION}/selfsubjectaccessreviews`, { create: selfReview });
  routes.special(`${AUTHORIZATION}/selfsubjectrulesreviews`, { create: rulesReview });
  routes.special(`${AUTHENTICATION}/tokenreviews`, { create: tokenReview });
  routes.special(`${AUTHENTICATION}/selfsubjectreviews`, { create: whoAmI });
}

interface Review extends KubeObject {
  readonly spec: AccessSpec & {
    readonly token?: string;
    readonly audiences?: readonly string[];
    readonly namespace?: string;
  };
  readonly status?: unknown;
}

interface AccessSpec {
  readonly resourceAttributes?: ResourceAttributes;
  readonly nonResourceAttributes?: { readonly path?: string; readonly verb?: string };
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

async function reviewOf(exchange: Exchange): Promise<Draft<Review>> {
  const options = writeOptionsOf(exchange.query, "CreateOptions");
  const { kind } = exchange.resource!;
  const review = decodeBody(exchange, kind, fieldValidationOf(options)) as Draft<Review>;
  placeIn(review, exchange.resource!, exchange.info.namespace);
  if ("spec" in kind.schema.fields) review.spec ??= {};
  await noteUpdate(exchange, exchange.resource!, undefined, review, options);
  await admitCreation(exchange, kind, review, options.dryRun !== undefined);
  return review;
}

function answer(exchange: Exchange, review: Draft<Review>, status: object): ApiResponse {
  review.status = status;
  return answerObject(exchange, exchange.resource!, review, 201);
}

async function subjectReview(exchange: Exchange): Promise<ApiResponse> {
  const review = await reviewOf(exchange);
  refuse(validateSubjectAccessReview(review));
  return answer(exchange, review, await decided(exchange, subjectOf(review.spec), review.spec));
}

async function localReview(exchange: Exchange): Promise<ApiResponse> {
  const review = await reviewOf(exchange);
  refuse(validateLocalSubjectAccessReview(review));
  return answer(exchange, review, await decided(exchange, subjectOf(review.spec), review.spec));
}

async function selfReview(exchange: Exchange): Promise<ApiResponse> {
  const review = await reviewOf(exchange);
  refuse(validateSelfSubjectAccessReview(review));
  return answer(exchange, review, await decided(exchange, exchange.user, review.spec));
}

function refuse(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidObject({ group: AUTHORIZATION, kind: "" }, "", errors);
}

function subjectOf({ user = "", groups = [], uid, extra }: AccessSpec): UserInfo {
  return { username: user, groups, ...(uid && { uid }), ...(extra && { extra }) };
}

async function decided(exchange: Exchange, user: UserInfo, spec: AccessSpec): Promise<object> {
  const attributes = attributesOf(user, spec);
  const decision = await exchange.parts.authorizer.authorize(attributes);
  const evaluationError = notUnderstood(attributes);
  return {
    allowed: decision.verdict === "allow",
    ...(decision.verdict === "deny" && { denied: true }),
    ...(decision.reason && { reason: decision.reason }),
    ...(evaluationError !== "" && { evaluationError }),
  };
}

/** Which selectors the authorizer could not heed. */
function notUnderstood(attributes: Attributes): string {
  if (attributes.path !== undefined) return "";
  const texts: string[] = [];
  for (const name of ["fieldSelector", "labelSelector"] as const) {
    const { requirements, error } = attributes[name] ?? {};
    if (error === undefined) continue;
    const partially = requirements!.length > 0 ? "partially " : "";
    texts.push(`spec.resourceAttributes.${name} ${partially}ignored due to parse error`);
  }
  return texts.join("; ");
}

function attributesOf(user: UserInfo, { resourceAttributes: of, nonResourceAttributes: path }: AccessSpec): Attributes {
  if (of === undefined) return { user, verb: path?.verb ?? "", path: path?.path ?? "" };
  return {
    user,
    verb: of.verb ?? "",
    group: of.group ?? "",
    version: of.version || "*",
    resource: of.resource ?? "",
    ...(of.subresource && { subresource: of.subresource }),
    ...(of.namespace && { namespace: of.namespace }),
    ...(of.name && { name: of.name }),
    ...askedSelectors(of.fieldSelector, of.labelSelector),
  };
}

async function rulesReview(exchange: Exchange): Promise<ApiResponse> {
  const review = await reviewOf(exchange);
  const { namespace = "" } = review.spec;
  if (namespace === "") throw badRequest("no namespace on request");
  const rules = exchange.parts.authorizer.rulesFor?.(exchange.user, namespace);
  review.spec = {};
  review.metadata = {} as Draft<Review>["metadata"];
  return answer(exchange, review, {
    resourceRules: rules?.resourceRules ?? [],
    nonResourceRules: rules?.nonResourceRules ?? [],
    incomplete: rules?.incomplete ?? true,
    ...(rules?.evaluationError && { evaluationError: rules.evaluationError }),
  });
}

async function tokenReview(exchange: Exchange): Promise<ApiResponse> {
  const review = await reviewOf(exchange);
  const { token = "", audiences } = review.spec;
  if (token === "") throw badRequest("token is required for TokenReview in authentication");
  const identity = await identityOf(exchange, token, audiences);
  if (identity === undefined) {
    const error = await explanation(exchange, token, audiences);
    return answer(exchange, review, { user: {}, error });
  }
  return answer(exchange, review, {
    authenticated: true,
    user: userOf(identity.user),
    audiences: identity.audiences,
  });
}

async function explanation({ parts }: Exchange, token: string, audiences?: readonly string[]): Promise<string> {
  const reasons = ["invalid bearer token"];
  for (const authenticator of parts.tokens) {
    const reason = await authenticator.explain?.(token, audiences);
    if (reason !== undefined) reasons.push(reason);
  }
  return aggregated(reasons);
}

/** A token that says nothing of audiences is meant for the API server. */
async function identityOf({ parts }: Exchange, token: string, asked: readonly string[] = []) {
  const own = apiAudiences(parts.flags);
  for (const authenticator of parts.tokens) {
    const identity = await authenticator.authenticateToken(token, asked.length > 0 ? asked : undefined);
    if (identity === undefined) continue;
    const audiences = identity.audiences ?? own.filter((each) => asked.length === 0 || asked.includes(each));
    if (audiences.length > 0) return { user: identity.user, audiences };
  }
  return undefined;
}

function userOf({ username, uid, groups, extra }: UserInfo): object {
  return { username, ...(uid && { uid }), ...(groups.length > 0 && { groups }), ...(extra && { extra }) };
}

async function whoAmI(exchange: Exchange): Promise<ApiResponse> {
  const review = await reviewOf(exchange);
  const creationTimestamp = formatTime(exchange.parts.clock.now());
  review.metadata = { creationTimestamp } as Draft<Review>["metadata"];
  return answer(exchange, review, { userInfo: userOf(exchange.user) });
}
