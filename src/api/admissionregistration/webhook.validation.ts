/** Rules on admission webhooks. */
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { duplicate, invalid, notSupported, path, required } from "../../machinery/field-errors.ts";
import { urlProblem } from "../../machinery/go-url.ts";
import type { KubeObject, StrategyContext } from "../../machinery/kind.ts";
import { isDNS1035Label, isDNS1123Subdomain, isFullyQualifiedName, isValidPortNum } from "../../machinery/names.ts";
import { checkLabelSelector } from "../label-selector.validation.ts";
import type { Errors } from "../rules.ts";
import { add, oneOf, present, same } from "../rules.ts";
import type { MutatingWebhook } from "./mutating-webhook-configuration.ts";
import { FAILURE_POLICIES, MATCH_POLICIES, checkMatchConditions, checkRule } from "./rules.validation.ts";
import type { ValidatingWebhook } from "./validating-webhook-configuration.ts";
import type { WebhookClientConfig, WebhookServiceReference } from "./webhook.ts";

const NO_EFFECTS: ReadonlySet<string> = new Set(["None", "NoneOnDryRun"]);
const SIDE_EFFECTS: ReadonlySet<string> = new Set([...NO_EFFECTS, "Some", "Unknown"]);
const REINVOCATION: ReadonlySet<string> = new Set(["IfNeeded", "Never"]);
const REVIEW_VERSIONS = ["v1", "v1beta1"];
const LONGEST_TIMEOUT = 30;

type Webhook = ValidatingWebhook & Partial<Pick<MutatingWebhook, "reinvocationPolicy">>;

type Configuration = KubeObject & { readonly webhooks?: readonly Webhook[] };

/** What is asked of webhooks. A change is not asked for what one of those before it did without. */
interface Demands {
  readonly unique: boolean;
  readonly knownReviews: boolean;
  readonly effects: ReadonlySet<string>;
  readonly anyValue: boolean;
  readonly conditions: boolean;
}

function demandsOn(webhooks: readonly Webhook[], before: readonly Webhook[] = []): Demands {
  return {
    unique: new Set(before.map(({ name }) => name)).size === before.length,
    knownReviews: before.every(({ admissionReviewVersions: all }) => !all?.length || all.some(isRecognized)),
    effects: before.every(({ sideEffects }) => NO_EFFECTS.has(sideEffects)) ? NO_EFFECTS : SIDE_EFFECTS,
    anyValue: before.some(hasWrongSelector),
    conditions: !(webhooks.length === before.length && before.every(hasSameConditions(webhooks))),
  };
}

function hasWrongSelector({ namespaceSelector, objectSelector }: Webhook): boolean {
  const errors: Errors = [];
  checkLabelSelector(errors, path(""), namespaceSelector);
  checkLabelSelector(errors, path(""), objectSelector);
  return errors.length > 0;
}

const hasSameConditions =
  (webhooks: readonly Webhook[]) =>
  ({ matchConditions }: Webhook, index: number): boolean =>
    same(matchConditions, webhooks[index]?.matchConditions);

export function validateWebhooks({ webhooks = [] }: Configuration, { previous }: StrategyContext): FieldError[] {
  const errors: Errors = [];
  const at = path("webhooks");
  const names = new Set<string>();
  const demands = demandsOn(webhooks, (previous as Configuration | undefined)?.webhooks);
  webhooks.forEach((webhook, index) => {
    const here = at.index(index);
    checkWebhook(errors, here, webhook, demands);
    checkReviewVersions(errors, here.child("admissionReviewVersions"), webhook.admissionReviewVersions ?? [], {
      missing: `must specify one of ${REVIEW_VERSIONS.join(", ")}`,
      known: demands.knownReviews,
    });
    if (demands.unique && webhook.name !== "" && names.has(webhook.name)) {
      errors.push(duplicate(here.child("name"), webhook.name));
    }
    names.add(webhook.name);
  });
  return errors;
}

function checkWebhook(errors: Errors, at: Path, webhook: Webhook, demands: Demands): void {
  const { effects: allowed, anyValue } = demands;
  errors.push(...isFullyQualifiedName(at.child("name"), webhook.name));
  webhook.rules?.forEach((rule, index) => checkRule(errors, at.child("rules").index(index), rule));
  oneOf(errors, at, "failurePolicy", webhook.failurePolicy, FAILURE_POLICIES);
  oneOf(errors, at, "matchPolicy", webhook.matchPolicy, MATCH_POLICIES);
  const effects = webhook.sideEffects as string | null | undefined;
  if (effects === null || effects === undefined) {
    errors.push(required(at.child("sideEffects"), `must specify one of ${[...allowed].join(", ")}`));
  } else if (!allowed.has(effects)) errors.push(notSupported(at.child("sideEffects"), effects, allowed));
  const timeout = webhook.timeoutSeconds;
  if (timeout !== undefined && (timeout < 1 || timeout > LONGEST_TIMEOUT)) {
    const text = `the timeout value must be between 1 and ${LONGEST_TIMEOUT} seconds`;
    errors.push(invalid(at.child("timeoutSeconds"), timeout, text));
  }
  checkLabelSelector(errors, at.child("namespaceSelector"), webhook.namespaceSelector, { anyValue });
  checkLabelSelector(errors, at.child("objectSelector"), webhook.objectSelector, { anyValue });
  oneOf(errors, at, "reinvocationPolicy", webhook.reinvocationPolicy, REINVOCATION);
  checkWebhookTarget(errors, at.child("clientConfig"), webhook.clientConfig);
  if (demands.conditions) checkMatchConditions(errors, at.child("matchConditions"), webhook.matchConditions);
}

export const isRecognized = (version: string): boolean => REVIEW_VERSIONS.includes(version);

/** Of reviews of any kind. `missing`: what is said where there are none; `known`: one of them must be a version of ours. */
export function checkReviewVersions(
  errors: Errors,
  at: Path,
  versions: readonly string[],
  { missing = "", known }: { readonly missing?: string; readonly known: boolean },
): void {
  if (versions.length === 0) {
    errors.push(required(at, missing));
    return;
  }
  const seen = new Set<string>();
  versions.forEach((version, index) => {
    if (seen.has(version)) errors.push(invalid(at.index(index), version, "duplicate version"));
    else add(errors, at.index(index), version, isDNS1035Label(version));
    seen.add(version);
  });
  if (!known || versions.some(isRecognized)) return;
  errors.push(invalid(at, versions, `must include at least one of ${REVIEW_VERSIONS.join(", ")}`));
}

/** Where a webhook of any kind is: at a URL or behind a Service. */
export function checkWebhookTarget(
  errors: Errors,
  at: Path,
  { url, service }: Pick<WebhookClientConfig, "url" | "service">,
): void {
  if ((url === undefined) === (service === undefined)) {
    errors.push(required(at, "exactly one of url or service is required"));
  } else if (url !== undefined) checkURL(errors, at.child("url"), url);
  else if (service !== undefined) checkService(errors, at.child("service"), service);
}

const FORM = "; desired format: https://host[/path]";
const URL_PARTS =
  /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/(?:([^@/?#]*)@)?([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s;

function checkURL(errors: Errors, at: Path, url: string): void {
  const problem = urlProblem(url);
  if (problem !== undefined) {
    errors.push(required(at, `url must be a valid URL: ${problem}${FORM}`));
    return;
  }
  const [, scheme = "", user, host = "", , query = "", fragment = ""] = URL_PARTS.exec(url) ?? [];
  const wrong = (value: string, text: string): void => void errors.push(invalid(at, value, text));
  if (scheme !== "https") wrong(scheme, `'https' is the only allowed URL scheme${FORM}`);
  if (host === "") wrong(host, `host must be specified${FORM}`);
  if (user !== undefined) wrong(user, "user information is not permitted in the URL");
  if (fragment !== "") wrong(fragment, "fragments are not permitted in the URL");
  if (query !== "") wrong(query, "query parameters are not permitted in the URL");
}

function checkService(errors: Errors, at: Path, service: WebhookServiceReference): void {
  // Upstream takes one for the other, and its errors say so.
  present(errors, at, "name", service.namespace);
  present(errors, at, "namespace", service.name);
  const { port = 443, path: url = "" } = service;
  const texts = isValidPortNum(port);
  if (texts.length > 0) errors.push(invalid(at.child("port"), port, `port is not valid: ${texts.join(", ")}`));
  if (url === "" || url === "/") return;
  const here = at.child("path");
  if (url === "//") {
    errors.push(invalid(here, url, "segment[0] may not be empty"));
    return;
  }
  if (!url.startsWith("/")) errors.push(invalid(here, url, "must start with a '/'"));
  const steps = (url.endsWith("/") ? url.slice(1, -1) : url.slice(1)).split("/");
  steps.forEach((step, index) => {
    if (step === "") errors.push(invalid(here, url, `segment[${index}] may not be empty`));
    for (const text of step === "" ? [] : isDNS1123Subdomain(step)) {
      errors.push(invalid(here, url, `segment[${index}]: ${text}`));
    }
  });
}
