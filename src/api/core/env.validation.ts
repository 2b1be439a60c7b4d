/** Rules on environment variables of containers. */
import type { Path } from "../../machinery/field-errors.ts";
import { invalid, required } from "../../machinery/field-errors.ts";
import { isConfigMapKey, isDNS1123Label, isDNS1123Subdomain, isRelaxedEnvVarName } from "../../machinery/names.ts";
import type { Errors } from "../rules.ts";
import { add, present } from "../rules.ts";
import type { EnvFromSource, EnvVar, EnvVarSource, FileKeySelector } from "./env.ts";
import { ENV_FIELDS, checkFieldReference, checkResourceReference } from "./field-references.validation.ts";
import { checkNoBacksteps } from "./paths.validation.ts";

const TWO = "may not have more than one field specified at a time";
const NO_SOURCE =
  "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";

export function checkEnv(errors: Errors, at: Path, variables: readonly EnvVar[]): void {
  for (let index = 0; index < variables.length; index++) {
    const { name, value = "", valueFrom } = variables[index]!;
    if (name === "") errors.push(required(at.index(index).child("name")));
    else {
      const texts = isRelaxedEnvVarName(name);
      if (texts.length > 0) add(errors, at.index(index).child("name"), name, texts);
    }
    if (valueFrom !== undefined) checkValueFrom(errors, at.index(index).child("valueFrom"), value, valueFrom);
  }
}

function checkValueFrom(errors: Errors, at: Path, value: string, source: EnvVarSource): void {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = source;
  let count = 0;
  if (fieldRef !== undefined) {
    count++;
    checkFieldReference(errors, at.child("fieldRef"), fieldRef, ENV_FIELDS);
  }
  if (resourceFieldRef !== undefined) {
    count++;
    checkResourceReference(errors, at.child("resourceFieldRef"), resourceFieldRef, false);
  }
  if (configMapKeyRef !== undefined) {
    count++;
    checkKey(errors, at.child("configMapKeyRef"), configMapKeyRef);
  }
  if (secretKeyRef !== undefined) {
    count++;
    checkKey(errors, at.child("secretKeyRef"), secretKeyRef);
  }
  if (fileKeyRef !== undefined) {
    count++;
    checkFileKey(errors, at.child("fileKeyRef"), fileKeyRef);
  }
  if (count === 0) errors.push(invalid(at, "", NO_SOURCE));
  else if (value !== "") errors.push(invalid(at, "", "may not be specified when `value` is not empty"));
  else if (count > 1) errors.push(invalid(at, "", TWO));
}

function checkKey(
  errors: Errors,
  at: Path,
  { name = "", key }: { readonly name?: string; readonly key: string },
): void {
  add(errors, at.child("name"), name, isDNS1123Subdomain(name));
  if (present(errors, at, "key", key)) add(errors, at.child("key"), key, isConfigMapKey(key));
}

function checkFileKey(errors: Errors, at: Path, { volumeName, path, key }: FileKeySelector): void {
  if (present(errors, at, "key", key)) add(errors, at.child("key"), key, isRelaxedEnvVarName(key));
  if (present(errors, at, "volumeName", volumeName)) {
    add(errors, at.child("volumeName"), volumeName, isDNS1123Label(volumeName));
  }
  if (present(errors, at, "path", path)) checkNoBacksteps(errors, at.child("path"), path);
}

export function checkEnvFrom(errors: Errors, at: Path, sources: readonly EnvFromSource[]): void {
  sources.forEach(({ prefix, configMapRef, secretRef }, index) => {
    const here = at.index(index);
    if (prefix) add(errors, here.child("prefix"), prefix, isRelaxedEnvVarName(prefix));
    if (configMapRef !== undefined) checkSourceName(errors, here.child("configMapRef"), configMapRef.name);
    if (secretRef !== undefined) checkSourceName(errors, here.child("secretRef"), secretRef.name);
    if (configMapRef === undefined && secretRef === undefined) {
      errors.push(invalid(at, "", "must specify one of: `configMapRef` or `secretRef`"));
    } else if (configMapRef !== undefined && secretRef !== undefined) errors.push(invalid(at, "", TWO));
  });
}

function checkSourceName(errors: Errors, at: Path, name: string): void {
  if (present(errors, at, "name", name)) add(errors, at.child("name"), name, isDNS1123Subdomain(name));
}
