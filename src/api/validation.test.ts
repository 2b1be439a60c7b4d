/**
 * Recorded refusals of the reference: every create, update and patch that was answered with 422 goes through decoding,
 * defaults, preparing and validation here, and must be refused with the same causes in the same order.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { FieldError } from "../machinery/field-errors.ts";
import { IMMUTABLE, errorText, invalid } from "../machinery/field-errors.ts";
import type { Draft, Kind, KubeObject, StrategyContext } from "../machinery/kind.ts";
import { jsonPatch } from "../machinery/patch/json-patch.ts";
import { mergePatch } from "../machinery/patch/merge-patch.ts";
import { strategicMergePatch } from "../machinery/patch/strategic-merge.ts";
import { createScheme } from "../machinery/scheme.ts";
import { decodeObject } from "../machinery/schema/kind-codec.ts";
import { keepSystemMetadata, validateObjectMeta, validateObjectMetaUpdate } from "../machinery/validate-metadata.ts";
import { builtinKinds } from "./index.ts";
import { same } from "./rules.ts";

const folder = new URL("../../../shared/transcripts/", import.meta.url);
const TOPICS = [
  "metadata",
  "decode",
  "tables",
  "list",
  "watch",
  "ssa",
  "patch",
  "delete",
  "admission",
  "validation",
  "workloads",
  "services",
  "storage",
  "policy-network",
  "core",
  "subresources",
  "rbac",
  "policies",
  "auth",
  "crd",
  "discovery",
];

/** Refused by another stage than validation: allocation, admission, patching, scale, CEL. */
const ELSEWHERE: readonly RegExp[] = [
  /services\.json nodeport/,
  /clusterip-conflict \[[23]\]/,
  /scale-deployment/,
  /vap-(deny|variables|runtime)/,
  /priorityclass \[5\]/,
  /resource-claims \[5\]/,
  /vap-invalid \[1\]/,
  /crd\.json (?!crd-)/,
  /(list|watch|delete)\.json/,
  /unconditional-update|keeps-allocations/,
  /field-validation|apply-requires|patch-options|pod-security|pod-rich-defaults/,
];

const UID = "00000000-0000-4000-8000-000000000000";
const NS = "t-abcdefgh";

interface Step {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Json;
  readonly expect?: { readonly status: number; readonly body?: Json };
  readonly unordered?: readonly string[];
  readonly setup?: boolean;
}
type Json = Record<string, unknown>;
interface Cause {
  readonly reason: string;
  readonly field: string;
  readonly message: string;
}

const SUBRESOURCE = /\/(status|ephemeralcontainers|resize|approval|finalize|token)$/;
const bare = (url: string): string => url.split("?", 1)[0]!;

const scheme = createScheme(builtinKinds);
const only = process.env["ONLY"];

for (const topic of TOPICS) {
  const file = new URL(`${topic}.json`, folder);
  if (!existsSync(file)) {
    test(`refusals as recorded: ${topic}`, { skip: `no transcripts at ${folder.pathname}` });
    continue;
  }
  const scenarios = JSON.parse(readFileSync(file, "utf8")) as { name: string; steps: Step[] }[];
  for (const { name, steps } of scenarios) {
    const stored = new Map<string, Json>();
    steps.map(filled).forEach((step, index) => {
      const title = `${topic}.json ${name} [${index}]`;
      const causes = (step.expect?.body?.["details"] as { causes?: Cause[] } | undefined)?.causes;
      const mine = step.expect?.status === 422 && causes !== undefined && !ELSEWHERE.some((each) => each.test(title));
      if (mine && causes[0]?.field !== "patch" && (only === undefined || title.includes(only))) {
        const before = stored.get(objectPath(step));
        test(`refused as recorded: ${title}`, () => compare(step, before, causes));
      }
      if (accepted(step, title)) {
        const before = stored.get(objectPath(step));
        test(`accepted as recorded: ${title}`, () => assert.deepEqual(run(step, before).map(text), []));
      }
      remember(step, stored);
    });
  }
}

/** Writes of whole objects that the reference took. */
function accepted({ method, path, body, setup, expect }: Step, title: string): boolean {
  if (expect?.status !== 201 && !(method === "PUT" && expect?.status === 200)) return false;
  if (
    ELSEWHERE.some((each) => each.test(title)) ||
    setup === true ||
    body?.["kind"] === undefined ||
    body["kind"] !== expect.body?.["kind"]
  )
    return false;
  if (/\/(scale|binding|eviction|log|exec|proxy)\b/.test(path ?? "")) return false;
  return (
    scheme.byApiVersion(String(body["apiVersion"]), String(body["kind"])) !== undefined &&
    (only === undefined || title.includes(only))
  );
}

/** With the variables of the transcript's scenario in place. */
function filled(step: Step): Step {
  const text = JSON.stringify(step)
    .replaceAll("${ns}", NS)
    .replaceAll("<uid>", UID)
    .replaceAll('"<rv>"', '"1"')
    .replaceAll(/\$\{pad:(\d+)\}/g, (_, count: string) => "x".repeat(Number(count)))
    .replaceAll("<time>", "2026-01-01T00:00:00Z")
    .replaceAll("<microtime>", "2026-01-01T00:00:00.000000Z")
    .replaceAll("<rand>", "abcde")
    .replaceAll('"<nodePort>"', "30100")
    .replaceAll("<ip>", "10.96.0.10")
    .replaceAll("${ip}", "10.96.0.10");
  return JSON.parse(text) as Step;
}

function objectPath({ method, path = "", body }: Step): string {
  const at = bare(path).replace(SUBRESOURCE, "");
  if (method !== "POST" || SUBRESOURCE.test(bare(path))) return at;
  return `${at}/${((body?.["metadata"] as Json | undefined)?.["name"] as string) ?? ""}`;
}

/** Steps that only set the stage have no recorded answer: what they make follows from the request. */
function remember(step: Step, stored: Map<string, Json>): void {
  const { status, body } = step.expect ?? { status: 0 };
  const untold = step.setup === true || (status === 201 && body === undefined);
  if (untold && step.method === "POST" && step.body?.["kind"] !== undefined) {
    const kind = scheme.byApiVersion(String(step.body["apiVersion"]), String(step.body["kind"]));
    if (kind === undefined) return;
    const made = drafted(kind, step.body, { now: 0 });
    if (kind.kind === "CustomResourceDefinition") establish(made as unknown as { status: Json });
    if (made.metadata !== undefined) made.metadata.resourceVersion = "1";
    stored.set(objectPath(step), made as unknown as Json);
  } else if ((status === 200 || status === 201) && body?.["metadata"] !== undefined) stored.set(objectPath(step), body);
}

/** As the server does on its own soon after. */
function establish({ status }: { status: Json }): void {
  status["conditions"] = [{ type: "Established", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" }];
}

function compare(step: Step, before: Json | undefined, causes: readonly Cause[]): void {
  const found = run(step, before).map(({ reason, field, message }) => ({ reason, field, message: masked(message) }));
  const expected = causes.map(({ reason, field, message }) => ({ reason, field, message: masked(message) }));
  if (step.unordered === undefined) assert.deepEqual(found.map(text), expected.map(text));
  else assert.deepEqual(found.map(text).toSorted(), expected.map(text).toSorted());
}

const text = ({ reason, field, message }: Cause): string => `${reason} ${field}: ${message}`;

const masked = (message: string): string =>
  message
    .replace(/\n@@ [\s\S]*$/, "\n<diff>")
    .replace(/(Invalid value: )\{(?=[\s\S]{300})[\s\S]*\}(?=: )/g, "$1<dump>")
    .replace(/\d{4}-[\dT:.-]+Z/g, "<time>");

function run(step: Step, before: Json | undefined): readonly FieldError[] {
  const { method, path = "", body = {} } = step;
  const subresource = SUBRESOURCE.exec(bare(path))?.[1];
  const context: StrategyContext = {
    now: 0,
    ...(path.includes(`/namespaces/${NS}/`) && { namespace: NS }),
    ...(subresource !== undefined && { subresource }),
    username: "token-admin",
  };
  if (method === "POST" || before === undefined) return created(kindOf(body, path), body, context);
  const kind = kindOf(before, path);
  const previous = decodeObject(kind, before) as KubeObject;
  const wanted = method === "PATCH" ? patched(kind, before, step) : body;
  return updated(kind, wanted, previous, { ...context, previous });
}

function kindOf(body: Json, path: string): Kind {
  const named = scheme.byApiVersion(String(body["apiVersion"]), String(body["kind"]));
  if (named !== undefined) return named;
  if (path.endsWith("/token")) return scheme.byApiVersion("authentication.k8s.io/v1", "TokenRequest")!;
  throw new Error(`no kind for ${path}`);
}

function patched(kind: Kind, before: Json, { headers = {}, body }: Step): Json {
  const type = Object.entries(headers).find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
  if (type.startsWith("application/json-patch")) return jsonPatch(before, body) as Json;
  if (type.startsWith("application/merge-patch")) return mergePatch(before as never, body) as Json;
  return strategicMergePatch(kind.schema, before as never, body) as Json;
}

function drafted(kind: Kind, body: Json, context: StrategyContext): Draft<KubeObject> {
  const draft = decodeObject(kind, structuredClone(body));
  const meta = draft.metadata as Draft<Partial<KubeObject["metadata"]>>;
  if (meta !== undefined) {
    if (kind.scope === "Namespaced") meta.namespace ??= NS;
    if (!meta.name && meta.generateName) meta.name = `${meta.generateName}abcde`;
    // Questions are not kept: they have no identity.
    if (kind.verbs.includes("get")) {
      meta.uid = UID;
      meta.creationTimestamp = "2026-01-01T00:00:00Z";
    }
    delete meta.resourceVersion;
  }
  kind.prepareForCreate?.(draft, context);
  return draft;
}

function created(kind: Kind, body: Json, context: StrategyContext): readonly FieldError[] {
  const draft = drafted(kind, body, context);
  const stored = kind.verbs.includes("get");
  const rules = { namespaced: kind.scope === "Namespaced", ...(kind.validateName && { nameRule: kind.validateName }) };
  return [...(stored ? validateObjectMeta(draft.metadata, rules) : []), ...(kind.validate?.(draft, context) ?? [])];
}

function updated(kind: Kind, body: Json, previous: KubeObject, context: StrategyContext): readonly FieldError[] {
  const draft = decodeObject(kind, structuredClone(body)) as Draft<KubeObject> & Json;
  const old = previous as KubeObject & Json;
  keepSystemMetadata(draft.metadata, previous.metadata);
  draft.metadata.namespace ??= previous.metadata.namespace!;
  if (draft.metadata.namespace === undefined) delete draft.metadata.namespace;
  draft.metadata.resourceVersion ||= kind.allowUnconditionalUpdate === false ? "" : "1";
  if (context.subresource === "status") {
    for (const key of Object.keys(draft)) if (key !== "status" && key !== "metadata") draft[key] = old[key];
    draft.metadata = previous.metadata as never;
  } else if (context.subresource === undefined && "status" in kind.subresources) draft["status"] = old["status"];
  kind.prepareForUpdate?.(draft, previous, context);
  const errors = [
    ...validateObjectMetaUpdate(draft.metadata, previous.metadata),
    ...(kind.validate?.(draft, context) ?? []),
  ];
  for (const at of kind.immutable ?? []) {
    const now = valueAt(draft, at);
    if (!same(now, valueAt(previous, at))) errors.push(invalid(at, now ?? null, IMMUTABLE));
  }
  return [...errors, ...(kind.validateUpdate?.(draft, previous, context) ?? [])];
}

function valueAt(object: unknown, dotted: string): unknown {
  return dotted.split(".").reduce<unknown>((value, key) => (value as Json | undefined)?.[key], object);
}

test("an error says its field and its text", () => {
  assert.equal(errorText(invalid("a.b", 1, "no")), "a.b: Invalid value: 1: no");
});
