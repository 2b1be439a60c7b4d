/** Who set which field: `metadata.managedFields`, kept with every write. */
import { managerFromUserAgent } from "../machinery/apply/managers.ts";
import { trackUpdate } from "../machinery/apply/track-update.ts";
import type { Update, VersionView } from "../machinery/apply/track-update.ts";
import type { Draft, KubeObject, ManagedFieldsEntry } from "../machinery/kind.ts";
import { decode } from "../machinery/schema/decode.ts";
import type { Exchange } from "./exchange.ts";
import { resetFieldsOf } from "./reset-fields.ts";
import { convertedTo, resourceOf } from "./resource.ts";
import type { Resource } from "./resource.ts";

/** `fieldManager` where given, else what stands before the slash in User-Agent. */
export function managerOf({ userAgent }: Exchange, fieldManager: string | undefined): string {
  return fieldManager || managerFromUserAgent(userAgent);
}

/** Sets the draft's managedFields for a create, update or plain patch. Before admission: what it adds is nobody's. */
export function noteUpdate(
  exchange: Exchange,
  resource: Resource,
  previous: KubeObject | undefined,
  draft: Draft<KubeObject>,
  options: { readonly fieldManager?: string },
): Draft<KubeObject> | Promise<Draft<KubeObject>> {
  const note = (inVersion: InVersion): Draft<KubeObject> =>
    notedIn(exchange, resource, previous, draft, options, inVersion);
  if (!resource.asks) return note(ownVersions(exchange, resource));
  return askedVersions(exchange, resource, previous, draft).then(note);
}

function notedIn(
  exchange: Exchange,
  resource: Resource,
  previous: KubeObject | undefined,
  draft: Draft<KubeObject>,
  options: { readonly fieldManager?: string },
  inVersion: InVersion,
): Draft<KubeObject> {
  const { subresource } = exchange.info;
  const entries = trackUpdate({
    schema: resource.kind.schema,
    live: previous,
    next: draft,
    manager: managerOf(exchange, options.fieldManager),
    apiVersion: resource.apiVersion,
    subresource,
    now: exchange.parts.clock.now(),
    reset: resetFieldsOf(resource, subresource),
    inVersion,
  });
  setManagedFields(draft, entries);
  return draft;
}

/** The objects of one request in the versions in which managers know them. */
export type InVersion = NonNullable<Update["inVersion"]>;

/** Of kinds that convert by themselves: custom ones are the same in all versions, and what one of them does not know stays. */
export function ownVersions({ parts }: Exchange, resource: Resource): InVersion {
  return (apiVersion) => {
    const kind = parts.scheme.byApiVersion(apiVersion, resource.kind.kind);
    if (kind === undefined) return undefined;
    const same = (object: KubeObject): unknown => object;
    if (kind === resource.kind || kind.schema.custom) return { schema: kind.schema, convert: same, back: same };
    return {
      schema: kind.schema,
      convert: (object) => converted(resource, kind, object),
      back: (object) => converted(resourceOf(kind), resource.kind, object),
    };
  };
}

/** The same where another program converts: it is asked beforehand, for the versions that managers have used. */
export async function askedVersions(
  { parts }: Exchange,
  resource: Resource,
  ...objects: readonly (KubeObject | undefined)[]
): Promise<InVersion> {
  const present = objects.filter((object) => object !== undefined);
  const entries = present.flatMap(({ metadata }) => metadata.managedFields ?? []);
  const used = new Set(entries.map(({ apiVersion }) => apiVersion ?? resource.apiVersion));
  const views = new Map<string, VersionView>();
  for (const apiVersion of used) {
    const kind = parts.scheme.byApiVersion(apiVersion, resource.kind.kind);
    if (kind === undefined) continue;
    const made = await convertedTo(resource, resourceOf(kind), present);
    const known = new Map(present.map((object, index) => [object, made[index]]));
    views.set(apiVersion, { schema: kind.schema, convert: (object) => known.get(object) });
  }
  return (apiVersion) => views.get(apiVersion);
}

export function setManagedFields(draft: Draft<KubeObject>, entries: readonly ManagedFieldsEntry[] | undefined): void {
  if (entries === undefined) delete draft.metadata.managedFields;
  else draft.metadata.managedFields = entries as Draft<ManagedFieldsEntry>[];
}

/** Of built-in kinds. What is not stored may lack what the kind always has. */
function converted({ kind: from }: Resource, to: Resource["kind"], object: KubeObject): unknown {
  const whole = decode(from.schema, object) as KubeObject;
  const convert = from.convert?.toStorageAsIs ?? from.convert?.toStorage;
  const stored = (convert?.(whole) ?? whole) as KubeObject;
  return to.convert === undefined ? stored : to.convert.fromStorage(stored);
}
