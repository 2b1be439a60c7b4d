/** AdmissionReview: what a webhook is asked, and how its answer is read. */
import { StatusError } from "../../../machinery/errors.ts";
import type { Status } from "../../../machinery/errors.ts";
import { quote } from "../../../machinery/go-text.ts";
import { CallFailed } from "../../webhooks/client.ts";
import { requestOf, typeText } from "../request.ts";
import type { AdmissionAttributes } from "../admission.ts";
import type { Invocation } from "./hooks.ts";
import type { Versioned } from "../versions.ts";

const GROUP = "admission.k8s.io";
const VERSIONS = ["v1", "v1beta1"];
const UNAVAILABLE = 503;

export interface Answer {
  readonly allowed: boolean;
  readonly result: Partial<Status> | undefined;
  /** In base64, of a webhook that may patch; absent where there is none. */
  readonly patch?: string;
  readonly patchType: string;
  readonly auditAnnotations: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

/** In the first version that the webhook names and this server knows. */
export function reviewOf(
  invocation: Invocation,
  attributes: AdmissionAttributes,
  { object, previous }: Versioned,
  uid: string,
): object {
  const version = invocation.webhook.admissionReviewVersions?.find((each) => VERSIONS.includes(each));
  if (version === undefined) {
    const why = "webhook does not accept known AdmissionReview versions (v1, v1beta1)";
    throw new CallFailed(`could not create admission objects: ${why}`, 400);
  }
  const said = Object.entries(requestOf(attributes, invocation)).filter(([, value]) => value !== "");
  const request = { uid, ...Object.fromEntries(said), object: object ?? null, oldObject: previous ?? null };
  return { kind: "AdmissionReview", apiVersion: `${GROUP}/${version}`, request };
}

/** Throws {@link CallFailed} for an answer to another question, or in another form. */
export function answerIn(
  review: Readonly<Record<string, unknown>>,
  asked: { readonly apiVersion?: string },
  uid: string,
  mutating: boolean,
): Answer {
  const response = review["response"] as Response | null | undefined;
  if (response === undefined || response === null) throw invalid("webhook response was absent");
  if (asked.apiVersion === `${GROUP}/v1`) {
    checkV1(review, response, uid);
    checkPatch(response, mutating);
  }
  const { patch, patchType } = response;
  return {
    allowed: response.allowed === true,
    result: response.status ?? undefined,
    ...(mutating && patch && { patch }),
    // Earlier webhooks need not say it.
    patchType: asked.apiVersion === `${GROUP}/v1` ? (patchType ?? "") : "JSONPatch",
    auditAnnotations: response.auditAnnotations ?? {},
    warnings: response.warnings ?? [],
  };
}

interface Response {
  readonly uid?: string;
  readonly allowed?: boolean;
  readonly status?: Partial<Status> | null;
  readonly patch?: string | null;
  readonly patchType?: string | null;
  readonly auditAnnotations?: Readonly<Record<string, string>> | null;
  readonly warnings?: readonly string[] | null;
}

const invalid = (why: string): CallFailed => new CallFailed(`received invalid webhook response: ${why}`, UNAVAILABLE);

function checkV1(review: Readonly<Record<string, unknown>>, { uid = "" }: Response, expected: string): void {
  if (uid !== expected) throw invalid(`expected response.uid=${quote(expected)}, got ${quote(uid)}`);
  const { apiVersion = "", kind = "" } = review as { apiVersion?: string; kind?: string };
  if (apiVersion === `${GROUP}/v1` && kind === "AdmissionReview") return;
  throw invalid(`expected webhook response of ${GROUP}/v1, Kind=AdmissionReview, got ${typeText(apiVersion, kind)}`);
}

function checkPatch({ patch, patchType }: Response, mutating: boolean): void {
  const typed = patchType !== undefined && patchType !== null;
  if (!mutating) {
    if (patch) throw invalid("validating webhook may not return response.patch");
    if (typed) throw invalid("validating webhook may not return response.patchType");
    return;
  }
  if (patch && !typed) throw invalid("webhook returned response.patch but not response.patchType");
  if (!patch && typed) throw invalid("webhook returned response.patchType but not response.patch");
  if (patchType === "") throw invalid('webhook returned invalid response.patchType of ""');
}

/** The webhook said no. */
export class Denied extends StatusError {}

/** The refusal as the client sees it: the webhook's own Status, with its name in front of the message. */
export function denied(name: string, result: Partial<Status> = {}): Denied {
  const { code = 0, status, message, reason } = result;
  const by = `admission webhook ${quote(name)} denied the request`;
  const why = message || reason;
  return new Denied({
    ...result,
    kind: "Status",
    apiVersion: "v1",
    metadata: result.metadata ?? {},
    status: !status || status === "Success" ? "Failure" : status,
    message: why ? `${by}: ${why}` : `${by} without explanation`,
    code: Math.max(code, 400),
  });
}
