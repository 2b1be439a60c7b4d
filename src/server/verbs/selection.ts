/** Which objects of a resource a list, watch or deletecollection is about: selectors and place. */
import { badRequest } from "../../machinery/errors.ts";
import { compileFields, parseFieldSelector } from "../../machinery/field-selectors.ts";
import type { KubeObject } from "../../machinery/kind.ts";
import { compileLabels, parseLabelSelector } from "../../machinery/selectors.ts";
import type { RequestInfo } from "../request-info.ts";
import type { Resource } from "../resource.ts";

export interface Selection {
  /** Store keys begin with this. */
  readonly prefix: string;
  /** Set where at most one object can be meant: `prefix` is then its key. */
  readonly single: boolean;
  /** undefined: all below `prefix`. */
  readonly matches: ((object: KubeObject) => boolean) | undefined;
}

/** Throws 400 for a selector that cannot be read or a field that cannot be selected by. */
export function selectionOf(
  resource: Resource,
  info: RequestInfo,
  selectors: { readonly labelSelector: string; readonly fieldSelector: string },
): Selection {
  const labels = selectors.labelSelector === "" ? [] : parseLabelSelector(selectors.labelSelector);
  const fields = selectors.fieldSelector === "" ? [] : parseFieldSelector(selectors.fieldSelector);
  const tests: Test[] = [];
  if (fields.length > 0) tests.push(compileFields(resource.kind, fields));
  if (info.named) tests.push((object) => object.metadata.name === info.name);
  if (labels.length > 0) {
    const matches = compileLabels(labels);
    tests.push((object) => matches(object.metadata.labels));
  }
  const asked = (field: string): string =>
    fields.find((each) => each.field === field && each.operator === "=")?.value ?? "";
  if (info.named && fields.length > 0 && asked("metadata.name") !== info.name) {
    throw badRequest("fieldSelector metadata.name doesn't match requested name");
  }
  const place = info.namespace !== "" ? info.namespace : asked("metadata.namespace");
  const name = info.named ? info.name : asked("metadata.name");
  const single = name !== "" && (!resource.namespaced || place !== "");
  return {
    prefix: single ? resource.keyOf(place, name) : resource.prefixOf(place),
    single,
    matches: tests.length <= 1 ? tests[0] : (object) => tests.every((test) => test(object)),
  };
}

type Test = (object: KubeObject) => boolean;
