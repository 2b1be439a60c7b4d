import { MutatingAdmissionPolicy } from "./mutating-admission-policy.ts";
import { MutatingAdmissionPolicyBinding } from "./mutating-admission-policy-binding.ts";
import { MutatingWebhookConfiguration } from "./mutating-webhook-configuration.ts";
import { ValidatingAdmissionPolicy } from "./validating-admission-policy.ts";
import { ValidatingAdmissionPolicyBinding } from "./validating-admission-policy-binding.ts";
import { ValidatingWebhookConfiguration } from "./validating-webhook-configuration.ts";

export * from "./matching.ts";
export * from "./mutating-admission-policy.ts";
export * from "./mutating-admission-policy-binding.ts";
export * from "./mutating-webhook-configuration.ts";
export * from "./validating-admission-policy.ts";
export * from "./validating-admission-policy-binding.ts";
export * from "./validating-webhook-configuration.ts";
export * from "./webhook.ts";

export const admissionregistrationKinds = [
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  MutatingWebhookConfiguration,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhookConfiguration,
] as const;
