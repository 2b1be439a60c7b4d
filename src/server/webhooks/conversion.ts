/** ConversionReview: custom resources of one version as another, by the webhook that their definition names. */
import type { CustomResourceDefinition } from "../../api/index.ts";
import { unknownError } from "../../machinery/errors.ts";
import { errorText, path } from "../../machinery/field-errors.ts";
import { aggregated, goTypeOf, quote } from "../../machinery/go-text.ts";
import type { Conversion, KubeObject } from "../../machinery/kind.ts";
import { uuid } from "../../machinery/random.ts";
import type { Random } from "../../machinery/random.ts";
import { parseApiVersion } from "../../machinery/scheme.ts";
import { validateAnnotations, validateLabels } from "../../machinery/validate-metadata.ts";
import { deepEqual } from "../objects.ts";
import { CallFailed } from "./client.ts";
import type { WebhookClient } from "./client.ts";

const GROUP = "apiextensions.k8s.io";
const VERSIONS = ["v1", "v1beta1"];
const TIMEOUT_SECONDS = 30;
/** Objects in one review; a long list takes several. */
const BATCH = 500;

/** Upstream's messages begin with the kind of what was to be converted. */
class Failure extends Error {}

export function conversionWebhook(
  { spec }: CustomResourceDefinition,
  client: WebhookClient,
  random: Random,
): NonNullable<Conversion["ask"]> {
  const { clientConfig = {}, conversionReviewVersions = [] } = spec.conversion?.webhook ?? {};
  const version = conversionReviewVersions.find((each) => VERSIONS.includes(each));

  async function convert(objects: readonly KubeObject[], desiredAPIVersion: string): Promise<KubeObject[]> {
    if (version === undefined) throw unknownError("no supported conversion review versions");
    const uid = uuid(random);
    const apiVersion = `${GROUP}/${version}`;
    const review = { kind: "ConversionReview", apiVersion, request: { uid, desiredAPIVersion, objects } };
    const of = `conversion webhook for ${typeOf(objects[0]!)}`;
    try {
      const answer = await client.post(clientConfig, review, TIMEOUT_SECONDS);
      return checked(objects, convertedIn(answer, version === "v1" ? uid : undefined), desiredAPIVersion);
    } catch (error) {
      if (error instanceof CallFailed) throw unknownError(`${of} failed: ${error.message}`);
      if (error instanceof Failure) throw unknownError(`${of} ${error.message}`);
      throw error;
    }
  }

  return async (objects, apiVersion) => {
    const converted: KubeObject[] = [];
    for (let i = 0; i < objects.length; i += BATCH) {
      converted.push(...(await convert(objects.slice(i, i + BATCH), apiVersion)));
    }
    return converted;
  };
}

function typeOf({ apiVersion, kind }: { readonly apiVersion?: string; readonly kind?: string }): string {
  const { group, version } = parseApiVersion(apiVersion ?? "");
  return `${group}/${version}, Kind=${kind ?? ""}`;
}

interface Response {
  readonly uid?: string;
  readonly convertedObjects?: readonly unknown[] | null;
  readonly result?: { readonly status?: string; readonly message?: string };
}

/** `uid` is checked, and the form, where it is given: in v1beta1 neither was. */
function convertedIn(review: Readonly<Record<string, unknown>>, uid: string | undefined): readonly unknown[] {
  const wanted = `${GROUP}/v1, Kind=ConversionReview`;
  if (uid !== undefined && typeOf(review) !== wanted) {
    throw new Failure(`failed: expected webhook response of ${wanted}, got ${typeOf(review)}`);
  }
  const response = review["response"] as Response | null | undefined;
  if (response === undefined || response === null) throw new Failure("failed: no response provided");
  const { result = {}, convertedObjects } = response;
  if (uid !== undefined && response.uid !== uid) {
    throw new Failure(`failed: expected response.uid=${quote(uid)}, got ${quote(response.uid ?? "")}`);
  }
  if (result.status !== "Success") {
    const why = result.message || `response.result.status was '${result.status ?? ""}', not 'Success'`;
    throw new Failure(`failed: ${why}`);
  }
  return convertedObjects ?? [];
}

/** As many as asked for, in the same order, of the wanted version, and with their metadata but labels and annotations. */
function checked(originals: readonly KubeObject[], answers: readonly unknown[], apiVersion: string): KubeObject[] {
  if (answers.length !== originals.length) {
    throw new Failure(`returned ${answers.length} objects, expected ${originals.length}`);
  }
  const one = originals.length === 1;
  return originals.map((original, index) => {
    const answer = (answers[index] ?? {}) as KubeObject;
    const at = one ? "invalid object" : `invalid converted object at index ${index}`;
    if (answer.apiVersion !== apiVersion) {
      const got = answer.apiVersion ?? "";
      throw new Failure(
        `returned ${one ? "invalid object at index 0" : at}: invalid groupVersion (expected ${apiVersion}, received ${got})`,
      );
    }
    if (answer.kind !== original.kind) {
      throw new Failure(
        `returned ${one ? "invalid object at index 0" : at}: invalid kind (expected ${original.kind}, received ${answer.kind ?? ""})`,
      );
    }
    const moved = changedIdentity(original, answer);
    if (moved !== undefined) throw new Failure(`returned ${at}: ${moved}`);
    const metadata = restored(original, answer);
    if (typeof metadata === "string") {
      throw new Failure(`returned invalid metadata${one ? "" : ` in object at index ${index}`}: ${metadata}`);
    }
    return { ...answer, metadata };
  });
}

function changedIdentity({ metadata: before }: KubeObject, { metadata: after }: KubeObject): string | undefined {
  for (const [field, label] of [
    ["name", "name"],
    ["namespace", "namespace"],
    ["uid", "UID"],
  ] as const) {
    const [wanted, got] = [before[field] ?? "", after?.[field] ?? ""];
    if (wanted !== got) return `must have the same ${label}: ${wanted} != ${got}`;
  }
  return undefined;
}

/** The original's metadata with the answer's labels and annotations, or why those cannot be taken. */
function restored({ metadata: before }: KubeObject, { metadata: after }: KubeObject): KubeObject["metadata"] | string {
  if (after === undefined) return "missing metadata in converted object";
  const { labels: _l, annotations: _a, ...kept } = before;
  const metadata = { ...kept } as Record<string, unknown>;
  for (const field of ["labels", "annotations"] as const) {
    const given = after[field] as unknown;
    if (given === undefined || given === null) continue;
    const wrong = wrongMap(field, given) ?? wrongText(field, given as Record<string, string>, before[field]);
    if (wrong !== undefined) return wrong;
    metadata[field] = given;
  }
  return metadata as unknown as KubeObject["metadata"];
}

function wrongMap(field: string, given: unknown): string | undefined {
  if (typeof given !== "object" || Array.isArray(given)) {
    return `invalid metadata.${field} of type ${goTypeOf(given)} in converted object`;
  }
  for (const [key, value] of Object.entries(given as object)) {
    if (typeof value !== "string") {
      return `metadata.${field}[${key}] must be a string, but is ${goTypeOf(value)} in converted object`;
    }
  }
  return undefined;
}

/** What was there already may stay as it is. */
function wrongText(
  field: "labels" | "annotations",
  given: Readonly<Record<string, string>>,
  before: Readonly<Record<string, string>> = {},
): string | undefined {
  if (deepEqual(given, before)) return undefined;
  const errors =
    field === "labels"
      ? validateLabels(given, path("metadata", "labels"))
      : validateAnnotations(given, path("metadata", "annotation"));
  return errors.length === 0 ? undefined : aggregated(errors.map(errorText));
}
