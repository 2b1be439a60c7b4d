/** Rules on APIServices. */
import type { FieldError } from "../../machinery/field-errors.ts";
import { invalid, notSupported, path, required } from "../../machinery/field-errors.ts";
import { quote } from "../../machinery/go-text.ts";
import type { ObjectMeta, StrategyContext } from "../../machinery/kind.ts";
import { isDNS1035Label, isDNS1123Subdomain, isValidPortNum } from "../../machinery/names.ts";
import { decodedLength } from "../core/config-map.validation.ts";
import type { Errors } from "../rules.ts";
import { add, present } from "../rules.ts";
import type { APIServiceSpec } from "./api-service.ts";

const SPEC = path("spec");

interface APIServiceParts {
  readonly metadata: Pick<ObjectMeta, "name">;
  readonly spec: APIServiceSpec;
  readonly status: { readonly conditions?: readonly { readonly status: string }[] };
}

const STATUSES = ["True", "False", "Unknown"];

export function validateAPIService(service: APIServiceParts, context: StrategyContext): FieldError[] {
  const { metadata, spec } = service;
  const errors: Errors = [];
  if (context.subresource === "status") {
    service.status.conditions?.forEach(({ status }, index) => {
      if (STATUSES.includes(status)) return;
      errors.push(notSupported(path("status", "conditions").index(index).child("status"), status, STATUSES));
    });
    return errors;
  }
  const { group = "", version = "", groupPriorityMinimum, versionPriority } = spec;
  const name = `${version}.${group}`;
  if (metadata.name !== name) {
    const text = `must be \`spec.version+"."+spec.group\`: ${quote(name)}`;
    errors.push(invalid("metadata.name", metadata.name, text));
  }
  if (group !== "") add(errors, SPEC.child("group"), group, isDNS1123Subdomain(group));
  else if (version !== "v1") {
    errors.push(required(SPEC.child("group"), "only v1 may have an empty group and it better be legacy kube"));
  }
  add(errors, SPEC.child("version"), version, isDNS1035Label(version));
  checkPriority(errors, "groupPriorityMinimum", groupPriorityMinimum, 20_000);
  checkPriority(errors, "versionPriority", versionPriority, 1000);
  checkService(errors, spec);
  return errors;
}

function checkPriority(errors: Errors, name: string, value: number, most: number): void {
  if (value > 0 && value <= most) return;
  errors.push(invalid(SPEC.child(name), value, `must be positive and less than ${most}`));
}

function checkService(errors: Errors, { service, caBundle, insecureSkipTLSVerify = false }: APIServiceSpec): void {
  const skips = SPEC.child("insecureSkipTLSVerify");
  if (service === undefined) {
    if (caBundle) {
      const shown = `${decodedLength(caBundle)} bytes`;
      errors.push(invalid(SPEC.child("caBundle"), shown, "local APIServices may not have a caBundle"));
    }
    if (insecureSkipTLSVerify) {
      errors.push(invalid(skips, true, "local APIServices may not have insecureSkipTLSVerify"));
    }
    return;
  }
  const at = SPEC.child("service");
  present(errors, at, "namespace", service.namespace);
  present(errors, at, "name", service.name);
  const wrong = isValidPortNum(service.port);
  if (wrong.length > 0) errors.push(invalid(at.child("port"), service.port, `port is not valid: ${wrong.join(", ")}`));
  if (insecureSkipTLSVerify && caBundle) errors.push(invalid(skips, true, "may not be true if caBundle is present"));
}
