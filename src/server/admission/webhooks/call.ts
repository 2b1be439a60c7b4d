/** One call of one webhook: whether it is due, what is asked, and what a failure means. */
import { CelError } from "../../../machinery/cel/index.ts";
import { StatusError, badRequest, forbidden, internalError } from "../../../machinery/errors.ts";
import { quote } from "../../../machinery/go-text.ts";
import { uuid } from "../../../machinery/random.ts";
import { CallFailed } from "../../webhooks/client.ts";
import type { AdmissionAttributes } from "../admission.ts";
import { Decisions } from "../policies/decisions.ts";
import { Evaluation } from "../policies/evaluation.ts";
import type { Invocation } from "./hooks.ts";
import type { WebhookHost } from "./host.ts";
import type { CallType, RejectionType } from "./metrics.ts";
import { Denied, answerIn, denied, reviewOf } from "./review.ts";
import type { Answer } from "./review.ts";
import type { Versioned, Versions } from "../versions.ts";

const DEFAULT_TIMEOUT = 10;

/** Do the webhook's conditions hold? Where they cannot be evaluated its failure policy decides. */
export async function conditionsHold(
  { authorizer }: WebhookHost,
  invocation: Invocation,
  attributes: AdmissionAttributes,
  versions: Versions,
): Promise<boolean> {
  const { webhook, kind } = invocation;
  if ((webhook.matchConditions?.length ?? 0) === 0) return true;
  const versioned = await versions.in(kind);
  const subject = { attributes, place: invocation, versioned, decisions: new Decisions(authorizer) };
  try {
    return (await new Evaluation(webhook, subject).unmet()) === undefined;
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    if (webhook.failurePolicy === "Ignore") return false;
    const { group, resource, name } = attributes;
    throw forbidden({ group, resource }, name, error.message);
  }
}

/** Asks, and passes on what is said beside the verdict. Throws {@link CallFailed} and {@link Denied}. */
export async function ask(
  { client, random }: WebhookHost,
  type: CallType,
  invocation: Invocation,
  attributes: AdmissionAttributes,
  versioned: Versioned,
): Promise<Answer> {
  const { webhook } = invocation;
  const { name, sideEffects, timeoutSeconds = DEFAULT_TIMEOUT } = webhook;
  if (attributes.dryRun && sideEffects !== "None" && sideEffects !== "NoneOnDryRun") {
    throw badRequest(`admission webhook ${quote(name)} does not support dry run`);
  }
  const uid = uuid(random);
  const review = reviewOf(invocation, attributes, versioned, uid);
  const said = await client.post(webhook.clientConfig, review, timeoutSeconds).catch((error: unknown) => {
    throw error instanceof CallFailed ? new CallFailed(`failed to call webhook: ${error.message}`, error.code) : error;
  });
  const answer = answerIn(said, review, uid, type === "admit");
  for (const [key, value] of Object.entries(answer.auditAnnotations)) attributes.annotate(`${name}/${key}`, value);
  for (const text of answer.warnings) attributes.warn(text);
  if (!answer.allowed) throw denied(name, answer.result);
  return answer;
}

/** Does `work`, counts it, and passes over a failed call where the webhook's failure policy says so. */
export async function judged<T>(
  { clock, metrics }: WebhookHost,
  type: CallType,
  { webhook, index }: Invocation,
  attributes: AdmissionAttributes,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const { name, failurePolicy } = webhook;
  const { operation } = attributes;
  const began = clock.now();
  const observe = (code: number, rejection?: RejectionType): void => {
    metrics.observe({ name, type, operation, seconds: (clock.now() - began) / 1000, code, rejection });
  };
  try {
    const result = await work();
    observe(200);
    return result;
  } catch (error) {
    if (error instanceof CallFailed) {
      const passes = failurePolicy === "Ignore";
      observe(error.code, passes ? undefined : "calling_webhook_error");
      if (!passes) throw internalError(`failed calling webhook ${quote(name)}: ${error.message}`);
      metrics.failedOpen(name, type);
      attributes.annotate(`${FAILED_OPEN[type]}${roundOf(attributes)}_index_${index}`, name);
      return undefined;
    }
    if (error instanceof Denied) observe(error.code, "no_error");
    else observe(0, "apiserver_internal_error");
    throw error instanceof StatusError ? error : internalError(error instanceof Error ? error.message : String(error));
  }
}

export const roundOf = ({ reinvocation }: AdmissionAttributes): string => `round_${reinvocation?.round ?? 0}`;

const FAILED_OPEN: Readonly<Record<CallType, string>> = {
  admit: "failed-open.mutation.webhook.admission.k8s.io/",
  validating: "failed-open.validating.webhook.admission.k8s.io/",
};
