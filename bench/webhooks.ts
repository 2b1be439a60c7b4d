/**
 * What webhooks cost a request: creating config maps in process, taking turns among servers that differ in nothing else.
 *
 *     node bench/webhooks.ts [--rounds 30] [--each 500]
 *
 * Prints one JSON line: the median microseconds of a create without the plugins, and for the others their ratio to it:
 * the plugins without configurations, with 20 that concern other resources, and with one webhook that allows at once.
 */
import type { Authorizer } from "../src/server/authorization/authorizer.ts";
import { parseArgs } from "node:util";
import { builtinKinds } from "../src/api/index.ts";
import { createScheme } from "../src/machinery/scheme.ts";
import { MetricRegistry } from "../src/machinery/metrics.ts";
import { SeededRandom } from "../src/machinery/testing/seeded-random.ts";
import { VirtualClock } from "../src/machinery/testing/virtual-clock.ts";
import { webhookHost } from "../src/server/admission/webhooks/host.ts";
import { mutatingWebhooks } from "../src/server/admission/webhooks/mutating.ts";
import { validatingWebhooks } from "../src/server/admission/webhooks/validating.ts";
import { objectCodec } from "../src/server/encoding/json.ts";
import { ADMIN, testServer } from "../src/server/testing/server.ts";
import { text } from "../src/server/testing/webhooks.ts";
import { webhookClient } from "../src/server/webhooks/client.ts";
import { openStore } from "../src/store/local-store.ts";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "30" }, each: { type: "string", default: "500" } },
});
const CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";

async function serverWith(plugins: boolean, configurations: number, resource: string) {
  const clock = new VirtualClock(Date.UTC(2026, 0, 2));
  const random = new SeededRandom(1);
  const scheme = createScheme(builtinKinds);
  const store = await openStore({ clock, codec: objectCodec(scheme) });
  const client = webhookClient({
    store,
    clock,
    random,
    caller({ body }) {
      const { apiVersion, kind, request } = JSON.parse(new TextDecoder().decode(body));
      const response = { uid: request.uid, allowed: true };
      return Promise.resolve(text(JSON.stringify({ apiVersion, kind, response })));
    },
  });
  const authorizer: Authorizer = { authorize: () => ({ verdict: "allow" }) };
  const registry = new MetricRegistry();
  const host = webhookHost({ store, scheme, authorizer, clock, random, client, registry });
  const admission = plugins ? [mutatingWebhooks(host), validatingWebhooks(host)] : [];
  const { door, send } = await testServer({ store, scheme, clock, admission });
  for (let i = 0; i < configurations; i++) {
    const rules = [{ apiGroups: [""], apiVersions: ["v1"], operations: ["*"], resources: [resource] }];
    const webhook = { name: "a.b.c", clientConfig: { url: "https://h/a" }, rules };
    const webhooks = [{ ...webhook, sideEffects: "None", admissionReviewVersions: ["v1"] }];
    await send("POST", CONFIGURATIONS, { metadata: { name: `c${i}` }, webhooks });
  }
  let count = 0;
  return async (): Promise<void> => {
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: `m${count++}` }, data: { k: "v" } };
    await door({
      method: "POST",
      path: "/api/v1/namespaces/default/configmaps",
      query: "",
      headers: { "user-agent": "bench/1" },
      body: { form: "object", object },
      peer: { address: "bench", user: ADMIN },
      signal: new AbortController().signal,
    });
  };
}

const servers = {
  without: await serverWith(false, 0, ""),
  noConfigurations: await serverWith(true, 0, ""),
  others20: await serverWith(true, 20, "secrets"),
  oneAsked: await serverWith(true, 1, "configmaps"),
};
const times = new Map<string, number[]>(Object.keys(servers).map((name) => [name, []]));
for (let round = -5; round < Number(values.rounds); round++) {
  for (const [name, create] of Object.entries(servers)) {
    const began = performance.now();
    for (let i = 0; i < Number(values.each); i++) await create();
    if (round >= 0) times.get(name)!.push(((performance.now() - began) * 1000) / Number(values.each));
  }
}
const median = (name: string): number =>
  times.get(name)!.toSorted((a, b) => a - b)[Math.floor(Number(values.rounds) / 2)]!;
const base = median("without");
const ratio = (name: string): number => Math.round((median(name) / base) * 1000) / 1000;
console.log(
  JSON.stringify({
    microseconds: Math.round(base * 10) / 10,
    noConfigurations: ratio("noConfigurations"),
    others20: ratio("others20"),
    oneAsked: ratio("oneAsked"),
  }),
);
