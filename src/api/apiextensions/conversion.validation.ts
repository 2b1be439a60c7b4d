/** Rules on how objects get from one version to another. Paths are those of upstream's internal form. */
import type { Path } from "../../machinery/field-errors.ts";
import { forbidden, invalid, required } from "../../machinery/field-errors.ts";
import { isDNS1035Label } from "../../machinery/names.ts";
import { checkWebhookTarget } from "../admissionregistration/webhook.validation.ts";
import type { Errors } from "../rules.ts";
import { add, oneOfRequired } from "../rules.ts";
import { caBundleError } from "./ca-bundle.validation.ts";
import type { ConversionWebhookClientConfig, CustomResourceConversion } from "./custom-resource-definition.ts";
import type { Demands } from "./ratcheting.ts";

const STRATEGIES = ["None", "Webhook"];
const REVIEW_VERSIONS = ["v1", "v1beta1"];

export const isRecognized = (version: string): boolean => REVIEW_VERSIONS.includes(version);

export function checkConversion(
  errors: Errors,
  at: Path,
  conversion: CustomResourceConversion | undefined,
  demands: Demands,
): void {
  if (conversion === undefined) return;
  const { strategy, webhook } = conversion;
  const [clientAt, versionsAt] = [at.child("webhookClientConfig"), at.child("conversionReviewVersions")];
  const versions = webhook?.conversionReviewVersions ?? [];
  oneOfRequired(errors, at, "strategy", strategy, STRATEGIES);
  if (strategy === "Webhook") {
    checkClient(errors, clientAt, webhook?.clientConfig, demands);
    checkReviewVersions(errors, versionsAt, versions, demands);
    return;
  }
  const text = "should not be set when strategy is not set to Webhook";
  if (webhook?.clientConfig !== undefined) errors.push(forbidden(clientAt, text));
  if (versions.length > 0) errors.push(forbidden(versionsAt, text));
}

function checkClient(
  errors: Errors,
  at: Path,
  client: ConversionWebhookClientConfig | undefined,
  demands: Demands,
): void {
  if (client === undefined) {
    errors.push(required(at, "required when strategy is set to Webhook"));
    return;
  }
  checkWebhookTarget(errors, at, client);
  const { caBundle = "" } = client;
  const wrong = demands.validCABundle ? caBundleError(caBundle) : undefined;
  if (wrong !== undefined) errors.push(invalid(at.child("caBundle"), caBundle, wrong));
}

function checkReviewVersions(errors: Errors, at: Path, versions: readonly string[], demands: Demands): void {
  if (versions.length === 0) errors.push(required(at));
  versions.forEach((version, index) => {
    if (versions.indexOf(version) < index) errors.push(invalid(at.index(index), version, "duplicate version"));
    else add(errors, at.index(index), version, isDNS1035Label(version));
  });
  if (versions.length === 0 || !demands.knownReviews || versions.some(isRecognized)) return;
  errors.push(invalid(at, versions, `must include at least one of ${REVIEW_VERSIONS.join(", ")}`));
}
