/** Rules on how objects get from one version to another. Paths are those of upstream's internal form. */
import type { Path } from "../../machinery/field-errors.ts";
import { forbidden, invalid, required } from "../../machinery/field-errors.ts";
import { checkReviewVersions, checkWebhookTarget } from "../admissionregistration/webhook.validation.ts";
import type { Errors } from "../rules.ts";
import { oneOfRequired } from "../rules.ts";
import { caBundleError } from "./ca-bundle.validation.ts";
import type { ConversionWebhookClientConfig, CustomResourceConversion } from "./custom-resource-definition.ts";
import type { Demands } from "./ratcheting.ts";

const STRATEGIES = ["None", "Webhook"];

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
    checkReviewVersions(errors, versionsAt, versions, { known: demands.knownReviews });
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
