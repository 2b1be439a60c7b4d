/** MutatingAdmissionWebhook: webhooks that may change the object are asked in turn; each sees what those before it made. */
import { StatusError, internalError } from "../../../machinery/errors.ts";
import type { KubeObject } from "../../../machinery/kind.ts";
import { deepEqual } from "../../objects.ts";
import { goJson, quote } from "../../../machinery/go-text.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../admission.ts";
import { replaceDraft } from "../draft.ts";
import { canMatch, objectMatches } from "../matching.ts";
import { Reinvocation } from "../reinvocation.ts";
import { ask, conditionsHold, judged, roundOf } from "./call.ts";
import { HookIndex, MUTATING } from "./hooks.ts";
import type { Invocation } from "./hooks.ts";
import type { WebhookHost } from "./host.ts";
import { CallFailed } from "../../webhooks/client.ts";
import { PatchFailed, patchedBy } from "../json-patch.ts";
import type { Operation } from "../json-patch.ts";
import { takenOver } from "../taken-over.ts";
import { operationsIn } from "./patch.ts";
import { Versions } from "../versions.ts";

const NAME = "MutatingAdmissionWebhook";

export function mutatingWebhooks(host: WebhookHost): AdmissionPlugin {
  const hooks = new HookIndex(host.store, host.scheme, MUTATING);
  return {
    name: NAME,
    handles: (attributes) => hooks.any && canMatch(attributes),
    admit(attributes) {
      const found = hooks.for(attributes);
      return found.length === 0 ? undefined : askInTurn(host, found, attributes);
    },
  };
}

async function askInTurn(
  host: WebhookHost,
  found: readonly Invocation[],
  attributes: AdmissionAttributes,
): Promise<void> {
  const invoked = (attributes.reinvocation ??= new Reinvocation()).of(NAME);
  const versions = new Versions(attributes);
  invoked.begin(attributes.object);
  for (const each of found) {
    // What this one is to see may have been changed by one before it.
    if (!objectMatches(each.webhook.objectSelector, attributes)) continue;
    if (!(await conditionsHold(host, each, attributes, versions)) || !invoked.isDue(each.id)) continue;
    const changed = await judged(host, "admit", each, attributes, () => mutate(host, each, attributes, versions));
    invoked.asked(each.id, changed === true, each.webhook.reinvocationPolicy === "IfNeeded");
  }
  invoked.end(attributes.object);
}

/** True where the object became another one. */
async function mutate(
  host: WebhookHost,
  invocation: Invocation,
  attributes: AdmissionAttributes,
  versions: Versions,
): Promise<boolean> {
  const versioned = await versions.in(invocation.kind);
  let changed = false;
  try {
    const { patch, patchType } = await ask(host, "admit", invocation, attributes, versioned);
    const operations = patch === undefined ? [] : operationsIn(patch);
    if (operations.length > 0) {
      if (versioned.object === undefined) throw nothingToModify(invocation);
      if (patchType !== "JSONPatch") throw new CallFailed(`unsupported patch type ${quote(patchType)}`, 400);
      changed = await takeOver(host, invocation, attributes, versioned.object, patched(operations, versioned.object));
    }
    return changed;
  } finally {
    note(attributes, invocation, changed);
  }
}

const nothingToModify = ({ webhook }: Invocation): StatusError =>
  internalError(
    `admission webhook ${quote(webhook.name)} attempted to modify the object, which is not supported for this operation`,
  );

function patched(operations: readonly (Operation | null)[], object: KubeObject): unknown {
  try {
    return patchedBy(operations, object);
  } catch (error) {
    throw error instanceof PatchFailed ? internalError(error.message, error) : error;
  }
}

/** The patched object, pruned and defaulted in the webhook's version, becomes the request's in its own. */
async function takeOver(
  { scheme }: WebhookHost,
  { kind }: Invocation,
  attributes: AdmissionAttributes,
  before: KubeObject,
  patched: unknown,
): Promise<boolean> {
  const next = takenOver(scheme, kind, patched);
  if (deepEqual(next, before)) return false;
  await replaceDraft(attributes, next, kind);
  return true;
}

/** Of the patch itself nothing is noted: it may hold what nobody but the object's readers is to see. */
function note(attributes: AdmissionAttributes, { configuration, webhook, index }: Invocation, mutated: boolean): void {
  const key = `mutation.webhook.admission.k8s.io/${roundOf(attributes)}_index_${index}`;
  attributes.annotate(key, goJson({ configuration, webhook: webhook.name, mutated }));
}
