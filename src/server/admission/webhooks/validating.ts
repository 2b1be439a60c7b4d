/** ValidatingAdmissionWebhook: webhooks that only judge are all asked at once; the first of them that says no decides. */
import type { AdmissionAttributes, AdmissionPlugin } from "../admission.ts";
import { canMatch, objectMatches } from "../matching.ts";
import { ask, conditionsHold, judged } from "./call.ts";
import { HookIndex, VALIDATING } from "./hooks.ts";
import type { Invocation } from "./hooks.ts";
import type { WebhookHost } from "./host.ts";
import { Versions } from "../versions.ts";

export function validatingWebhooks(host: WebhookHost): AdmissionPlugin {
  const hooks = new HookIndex(host.store, host.scheme, VALIDATING);
  return {
    name: "ValidatingAdmissionWebhook",
    handles: (attributes) => hooks.any && canMatch(attributes),
    validate(attributes) {
      const found = hooks.for(attributes).filter(({ webhook }) => objectMatches(webhook.objectSelector, attributes));
      return found.length === 0 ? undefined : askAll(host, found, attributes);
    },
  };
}

async function askAll(host: WebhookHost, found: readonly Invocation[], attributes: AdmissionAttributes): Promise<void> {
  const versions = new Versions(attributes);
  const due: Invocation[] = [];
  for (const each of found) if (await conditionsHold(host, each, attributes, versions)) due.push(each);
  const answers = await Promise.allSettled(
    due.map((each) =>
      judged(host, "validating", each, attributes, async () =>
        ask(host, "validating", each, attributes, await versions.in(each.kind)),
      ),
    ),
  );
  for (const answer of answers) if (answer.status === "rejected") throw answer.reason;
}
