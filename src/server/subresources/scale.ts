/** `scale`: how many replicas an object wants and has, the same for all kinds that can be scaled. */
import { toJson } from "../../machinery/exact-json.ts";
import { copyJson } from "../../machinery/json-tree.ts";
import type { Scale } from "../../api/index.ts";
import type { ApiResponse } from "../../machinery/door.ts";
import { apply } from "../../machinery/apply/apply.ts";
import type { Apply } from "../../machinery/apply/apply.ts";
import { ownersOfScale, ownersOfScaled } from "../../machinery/apply/scale-owners.ts";
import { trackUpdate } from "../../machinery/apply/track-update.ts";
import { badRequest, conflict, internalError, invalid as invalidObject } from "../../machinery/errors.ts";
import { invalid } from "../../machinery/field-errors.ts";
import { goValue, quote } from "../../machinery/go-text.ts";
import type { Draft, Kind, KubeObject, ManagedFieldsEntry } from "../../machinery/kind.ts";
import { decodeObject } from "../../machinery/schema/kind-codec.ts";
import { requirementsOf, selectorText } from "../../machinery/selectors.ts";
import type { LabelSelector } from "../../machinery/selectors.ts";
import { decodeBody } from "../body.ts";
import type { Exchange } from "../exchange.ts";
import { managerOf, setManagedFields } from "../managed-fields.ts";
import { setAt, valueAt } from "../objects.ts";
import type { Json } from "../objects.ts";
import { fieldValidationOf, writeOptionsOf } from "../options.ts";
import type { WriteOptions } from "../options.ts";
import type { Resource } from "../resource.ts";
import { resourceOf } from "../resource.ts";
import { answerObject, negotiated } from "../respond.ts";
import type { Routes } from "../routes.ts";
import { checkNamespace } from "../namespace-of-path.ts";
import { withFound } from "../verbs/get.ts";
import { checkApplied, decodeApplied, patchFormOf, patched, readPatch, reportApplied } from "../verbs/patch.ts";
import { decodePatched } from "../verbs/patched.ts";
import { checkUid } from "../verbs/update.ts";
import { write } from "../write.ts";
import { kindOf } from "./kinds.ts";

export function installScale(routes: Routes): void {
  routes.special("*/scale", { get: getScale, update: updateScale, patch: patchScale });
}

/** What stands for the replicas of a custom resource that has none, while its scale is written. */
const UNSET = -(2 ** 31);

function getScale(exchange: Exchange): ApiResponse | Promise<ApiResponse> {
  return withFound(exchange, (entry, resource) =>
    resource.readied([entry], () => {
      const scale = scaleOf(resource.kind, resource.view(entry), UNSET);
      if (scale.spec?.replicas === UNSET)
        throw internalError(`the spec replicas field ${wantedAt(resource)} does not exist`);
      return answer(exchange, scale);
    }),
  );
}

const wantedAt = ({ kind }: Resource): string => quote(`.${kind.subresources["scale"]!.scale!.wanted}`);

async function updateScale(exchange: Exchange): Promise<ApiResponse> {
  const options = writeOptionsOf(exchange.query, "UpdateOptions");
  const kind = kindOf(exchange.parts, "autoscaling/v1", "Scale");
  const wanted = decodeBody(exchange, kind, fieldValidationOf(options)) as Draft<Scale>;
  const { namespace, name } = exchange.info;
  return change(exchange, options, (live, previous) => {
    checkUid({ resource: exchange.resource!, namespace, name }, wanted, previous);
    return updated(exchange, kind, live, wanted, options);
  });
}

async function patchScale(exchange: Exchange): Promise<ApiResponse> {
  const scale = resourceOf(kindOf(exchange.parts, "autoscaling/v1", "Scale"));
  const form = patchFormOf(exchange, exchange.resource!);
  const options = writeOptionsOf(exchange.query, "PatchOptions", form === "apply");
  const body = readPatch(exchange, form);
  if (form === "apply") {
    const wanted = checkApplied(scale, body.value);
    return change(exchange, options, (live) => {
      const made = applied(exchange, scale, live, wanted, options);
      reportApplied(exchange, body, options);
      return made;
    });
  }
  const checked = fieldValidationOf(options) !== "Ignore";
  const problems = checked ? body.problems() : [];
  return change(exchange, options, (live) => {
    const value = patched(scale, form, live, body.value, checked);
    const shown = (): string => (form === "strategic" ? goValue(body.value) : toJson(value));
    const next = decodePatched(exchange, scale, { form, value, previous: undefined, shown, problems }, options);
    return updated(exchange, scale.kind, live, next as Draft<Scale>, options);
  });
}

/** A Scale as it is wanted, and who owns what of it then. */
interface Wanted {
  readonly scale: Draft<Scale>;
  readonly owners: readonly ManagedFieldsEntry[] | undefined;
}

function updated(
  exchange: Exchange,
  { schema }: Kind,
  live: Scale,
  scale: Draft<Scale>,
  { fieldManager }: WriteOptions,
): Wanted {
  const owners = trackUpdate({ schema, live, next: scale as KubeObject, ...writing(exchange, fieldManager) });
  return { scale, owners };
}

function applied(exchange: Exchange, scale: Resource, live: Scale, body: Json, options: WriteOptions): Wanted {
  const wanted: Apply = {
    schema: scale.kind.schema,
    live,
    patch: body,
    force: options.force === true,
    ...writing(exchange, options.fieldManager),
  };
  return decodeApplied(wanted, () => {
    const { object, managedFields } = apply(wanted);
    return { scale: decodeObject(scale.kind, object) as Draft<Scale>, owners: managedFields };
  });
}

function writing(exchange: Exchange, fieldManager: string | undefined) {
  return {
    manager: managerOf(exchange, fieldManager),
    apiVersion: "autoscaling/v1",
    subresource: "scale",
    now: exchange.parts.clock.now(),
  };
}

async function change(
  exchange: Exchange,
  options: WriteOptions,
  want: (live: Scale, previous: KubeObject) => Wanted,
): Promise<ApiResponse> {
  const resource = exchange.resource!;
  const { namespace, name } = exchange.info;
  negotiated(exchange);
  const outcome = await write({
    exchange,
    resource,
    namespace,
    name,
    mode: "update",
    subresource: "scale",
    dryRun: options.dryRun !== undefined,
    options,
    derived: true,
    speaks: {
      kind: kindOf(exchange.parts, "autoscaling/v1", "Scale"),
      of: (object) => scaleOf(resource.kind, object) as Draft<Scale>,
      take: (draft, scale) => setReplicas(resource, draft, scale as Scale),
    },
    make(present) {
      const previous = present!;
      const plain = scaleOf(resource.kind, previous, UNSET);
      const scaled = {
        managedFields: previous.metadata.managedFields,
        apiVersion: resource.apiVersion,
        replicas: resource.kind.subresources["scale"]!.scale!.wanted,
      };
      const managedFields = ownersOfScale(scaled);
      const live = { ...plain, metadata: { ...plain.metadata, ...(managedFields && { managedFields }) } };
      const { scale, owners } = want(live, previous);
      checkNamespace(scale, namespace);
      check(scale, name, resource);
      checkMeant(scale, previous, resource);
      const draft = copyJson(previous) as unknown as Draft<KubeObject>;
      setReplicas(resource, draft, scale);
      draft.metadata.resourceVersion = scale.metadata.resourceVersion || previous.metadata.resourceVersion;
      setManagedFields(draft, ownersOfScaled(scaled, owners));
      return draft;
    },
  });
  return answer(exchange, scaleOf(resource.kind, outcome.object));
}

function setReplicas({ kind }: Resource, draft: Draft<KubeObject>, { spec }: Pick<Scale, "spec">): void {
  setAt(draft as unknown as Json, kind.subresources["scale"]!.scale!.wanted, spec?.replicas ?? 0);
}

function check(scale: Draft<Scale>, name: string, resource: Resource): void {
  const { kind } = resource;
  const said = scale.metadata?.name ?? "";
  if (said === "")
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  if (said !== name) throw badRequest(`the name of the object (${said}) does not match the name on the URL (${name})`);
  const replicas = scale.spec?.replicas ?? 0;
  if (kind.schema.custom) {
    if (replicas === UNSET) throw badRequest(`the spec replicas field ${wantedAt(resource)} cannot be empty`);
    // The object itself is checked, with this among the rest of it.
    return;
  }
  if (replicas < 0) {
    throw invalidObject({ group: "autoscaling", kind: "Scale" }, name, [
      invalid("spec.replicas", replicas, "must be greater than or equal to 0"),
    ]);
  }
}

/** A patch that names a uid means that object. */
function checkMeant({ metadata }: Draft<Scale>, previous: KubeObject, { groupResource }: Resource): void {
  const { name, uid } = previous.metadata;
  if (!metadata.uid || metadata.uid === uid) return;
  throw conflict(
    { ...groupResource, resource: `${groupResource.resource}/scale` },
    name,
    `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${uid}`,
  );
}

function answer(exchange: Exchange, scale: Scale): ApiResponse {
  const resource: Resource = resourceOf(kindOf(exchange.parts, "autoscaling/v1", "Scale"));
  return answerObject(exchange, resource, scale);
}

/** An object as its Scale; `unset` is how many replicas a custom resource wants that does not say so. */
function scaleOf(kind: Kind, object: KubeObject, unset = 0): Scale {
  const paths = kind.subresources["scale"]!.scale!;
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = paths.selector === undefined ? "" : textOf(valueAt(object, paths.selector));
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, ...(namespace !== undefined && { namespace }), uid, resourceVersion, creationTimestamp },
    spec: { replicas: Number(valueAt(object, paths.wanted) ?? (kind.schema.custom ? unset : 0)) },
    status: { replicas: Number(valueAt(object, paths.actual) ?? 0), ...(selector !== "" && { selector }) },
  } as Scale;
}

/** A label selector, a plain map of labels (replication controllers), or the text a custom resource keeps. */
function textOf(selector: unknown): string {
  if (typeof selector === "string") return selector;
  if (typeof selector !== "object" || selector === null) return "";
  const structured = "matchLabels" in selector || "matchExpressions" in selector;
  const labels = structured ? (selector as LabelSelector) : { matchLabels: selector as Record<string, string> };
  return selectorText(requirementsOf(labels));
}
