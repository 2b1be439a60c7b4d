import { toJson } from "../../machinery/exact-json.ts";
import type { ApiResponse } from "../../machinery/door.ts";
import { apply, kindText, whatOf } from "../../machinery/apply/apply.ts";
import type { Apply } from "../../machinery/apply/apply.ts";
import {
  badRequest,
  conflict,
  unknownError,
  unsupportedMediaType,
  unsupportedPatchType,
} from "../../machinery/errors.ts";
import { goValue } from "../../machinery/go-text.ts";
import type { Draft, KubeObject } from "../../machinery/kind.ts";
import { jsonPatch } from "../../machinery/patch/json-patch.ts";
import { mergePatch, notAMap } from "../../machinery/patch/merge-patch.ts";
import { strategicMergePatch } from "../../machinery/patch/strategic-merge.ts";
import { DecodeError, parseText, problemsOfText } from "../../machinery/schema/decode.ts";
import { decodeObject } from "../../machinery/schema/kind-codec.ts";
import { isObject } from "../../machinery/structural/schema.ts";
import { yamlToJson } from "../../machinery/yaml.ts";
import { bytesOfBody } from "../body.ts";
import type { Exchange } from "../exchange.ts";
import { isolateOf } from "../isolation.ts";
import { askedVersions, managerOf, noteUpdate, ownVersions, setManagedFields } from "../managed-fields.ts";
import type { InVersion } from "../managed-fields.ts";
import type { Json } from "../objects.ts";
import { fieldValidationOf, writeOptionsOf } from "../options.ts";
import type { WriteOptions } from "../options.ts";
import type { Resource } from "../resource.ts";
import { resetFieldsOf } from "../reset-fields.ts";
import { negotiated } from "../respond.ts";
import { write } from "../write.ts";
import { answerOutcome } from "./outcome.ts";
import { decodePatched, knownOf, report, restoring } from "./patched.ts";
import { checkPlace } from "./update.ts";

const decoder = new TextDecoder();

export type PatchForm = "json" | "merge" | "strategic" | "apply";

const FORMS: Readonly<Record<string, PatchForm>> = {
  "application/json-patch+json": "json",
  "application/merge-patch+json": "merge",
  "application/strategic-merge-patch+json": "strategic",
  "application/apply-patch+yaml": "apply",
};

/** Custom resources have no merge keys. */
const CUSTOM_FORMS = Object.keys(FORMS).filter((type) => FORMS[type] !== "strategic");

/** Changes part of an object, in any of the four patch forms. */
export async function patch(exchange: Exchange): Promise<ApiResponse> {
  const resource = exchange.resource!;
  const form = patchFormOf(exchange, resource);
  negotiated(exchange);
  bytesOfBody(exchange);
  const options = writeOptionsOf(exchange.query, "PatchOptions", form === "apply");
  const body = readPatch(exchange, form);
  const outcome =
    form === "apply"
      ? await applyTo(exchange, resource, body, options)
      : await patchTo(exchange, resource, form, body, options);
  return answerOutcome(exchange, resource, outcome);
}

/** Throws 415. */
export function patchFormOf(exchange: Exchange, resource: Resource): PatchForm {
  const type = (exchange.request.headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase();
  const form = Object.hasOwn(FORMS, type) ? FORMS[type] : undefined;
  if ((form === undefined || form === "strategic") && resource.kind.schema.custom) {
    throw unsupportedMediaType(CUSTOM_FORMS);
  }
  if (form === undefined) throw unsupportedPatchType();
  return form;
}

export interface PatchBody {
  /** Throws a 400 for a text that is none: only where there is something to patch. */
  readonly value: unknown;
  /** What a strict reader says of the patch itself: keys that are set twice, members that no operation has. */
  problems(): readonly string[];
}

const NONE = (): readonly string[] => [];

const unreadable = (error: Error): PatchBody => ({
  get value(): never {
    throw error;
  },
  problems: NONE,
});

export function readPatch(exchange: Exchange, form: PatchForm): PatchBody {
  const { body } = exchange.request;
  if (body?.form === "object") return { value: body.object, problems: NONE };
  const text = decoder.decode(bytesOfBody(exchange));
  try {
    if (form === "apply") {
      const { json, problems } = yamlToJson(text);
      return { value: parseText(json), problems: () => problems };
    }
    const value = parseText(text);
    if (form !== "json") return { value, problems: () => problemsOfText(text, value) };
    const problems = (): string[] => problemsOfText(text, value, unknownMembers(value));
    return { value, problems: () => problems().map((problem) => `json patch ${problem}`) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (form === "apply") throw badRequest(`error decoding YAML: error converting YAML to JSON: ${why}`);
    return unreadable(badRequest(form === "json" || form === "merge" ? `error decoding patch: ${why}` : why));
  }
}

const MEMBERS = new Set(["op", "path", "from", "value"]);

function unknownMembers(operations: unknown): string[] {
  if (!Array.isArray(operations)) return [];
  return operations.flatMap((operation: Json | null, at) =>
    Object.keys(operation ?? {}).flatMap((name) => (MEMBERS.has(name) ? [] : [`[${at}].${name}`])),
  );
}

/** What a patch makes of a JSON value. `checked`: whether its fields are validated at all. */
export function patched(resource: Resource, form: PatchForm, target: object, body: unknown, checked: boolean): Json {
  const before = target as Json;
  if (form === "json") return jsonPatch(before, body, checked) as Json;
  if (form === "merge") return mergePatch(before, body);
  return strategicMergePatch(resource.kind.schema, before, body);
}

function patchTo(exchange: Exchange, resource: Resource, form: PatchForm, body: PatchBody, options: WriteOptions) {
  const { namespace, name, subresource } = exchange.info;
  const isolate = isolateOf(resource, subresource);
  const checked = fieldValidationOf(options) !== "Ignore";
  const problems = checked ? body.problems() : [];
  return write({
    exchange,
    resource,
    namespace,
    name,
    mode: "update",
    subresource,
    dryRun: options.dryRun !== undefined,
    options,
    derived: true,
    make(previous) {
      const value = patched(resource, form, previous!, body.value, checked);
      const shown = (): string => (form === "strategic" ? goValue(body.value) : toJson(value));
      const draft = decodePatched(exchange, resource, { form, value, previous: previous!, shown, problems }, options);
      checkPlace(draft, resource, namespace, name);
      isolate(draft, previous!);
      return draft;
    },
    isolate,
    manage: (draft, previous) => noteUpdate(exchange, resource, previous, draft, options),
  });
}

function applyTo(exchange: Exchange, resource: Resource, read: PatchBody, options: WriteOptions) {
  const { namespace, name, subresource } = exchange.info;
  const isolate = isolateOf(resource, subresource);
  const body = checkApplied(resource, read.value);
  return write({
    exchange,
    resource,
    namespace,
    name,
    mode: subresource === "" ? "either" : "update",
    subresource,
    dryRun: options.dryRun !== undefined,
    options,
    derived: true,
    async make(previous) {
      const wanted: Apply = {
        schema: resource.kind.schema,
        live: previous,
        patch: body,
        manager: managerOf(exchange, options.fieldManager),
        force: options.force === true,
        apiVersion: resource.apiVersion,
        subresource,
        now: exchange.parts.clock.now(),
        reset: resetFieldsOf(resource, subresource),
      };
      const others = previous && (await otherVersions(exchange, resource, previous, wanted));
      const [draft, managedFields] = decodeApplied(wanted, () => {
        const applied = apply({ ...wanted, ...(others && { inVersion: others }) });
        const made = decodeObject(resource.kind, applied.object, undefined, knownOf(resource, previous));
        return [made, applied.managedFields] as const;
      });
      reportApplied(exchange, read, options);
      if (previous === undefined) refuseUid(resource, draft, name);
      checkPlace(draft, resource, namespace, name);
      if (previous !== undefined) isolate(draft, previous);
      setManagedFields(draft, managedFields);
      return draft;
    },
    isolate,
  });
}

/** How managers that wrote in other versions see what is applied; undefined where there are none. */
async function otherVersions(
  exchange: Exchange,
  resource: Resource,
  previous: KubeObject,
  wanted: Apply,
): Promise<InVersion | undefined> {
  const entries = previous.metadata.managedFields ?? [];
  if (entries.every(({ apiVersion }) => apiVersion === resource.apiVersion)) return undefined;
  if (!resource.asks) return ownVersions(exchange, resource);
  // What it comes to is converted beforehand: who owns what makes no difference to that.
  const made = apply({ ...wanted, force: true }).object as unknown as KubeObject;
  const inVersion = await askedVersions(exchange, resource, previous, made);
  return (apiVersion) => {
    const view = inVersion(apiVersion);
    return view && { ...view, convert: (object) => view.convert(object === previous ? previous : made) };
  };
}

/** An applied configuration says what it is. Throws 400. */
export function checkApplied(resource: Resource, body: unknown): Json {
  if (body !== null && !isObject(body)) {
    throw badRequest(`error decoding YAML: error unmarshaling JSON: while decoding JSON: ${notAMap(body)}`);
  }
  // What is no text says nothing.
  const [apiVersion = "", kind = ""] = [body?.["apiVersion"], body?.["kind"]].map((said) =>
    typeof said === "string" ? said : "",
  );
  if (apiVersion !== resource.apiVersion || kind !== resource.kind.kind) {
    throw badRequest(`invalid object type: ${kindText(apiVersion, kind)}`);
  }
  return body as Json;
}

/** What comes of an apply may not fit its kind although each part of it has the right type, such as a quantity. */
export function decodeApplied<T>(wanted: Apply, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const kind = kindText(wanted.apiVersion, String(wanted.patch["kind"]));
    const why = `unable to convert unstructured object to ${kind}: ${restoring(error.message)}`;
    throw unknownError(`failed to convert new object (${whatOf(wanted)}) to proper version: ${why}`);
  }
}

/** Tells of keys that an applied configuration sets twice. */
export function reportApplied(exchange: Exchange, read: PatchBody, options: WriteOptions): void {
  const problems = read.problems().map((each) => `error converting YAML to JSON: ${each}`);
  report(exchange, problems, options, () => badRequest(`error strict decoding YAML: ${problems.join(", ")}`));
}

/** Who names a uid does not mean to create. A custom resource may have no metadata yet. */
function refuseUid(resource: Resource, draft: Draft<KubeObject>, name: string): void {
  const { uid } = (draft.metadata ?? {}) as Partial<KubeObject["metadata"]>;
  if (!uid) return;
  const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
  throw conflict(resource.groupResource, name, why);
}
