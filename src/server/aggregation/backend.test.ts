import assert from "node:assert/strict";
import { test } from "node:test";
import type { Snapshot } from "../../store/store.ts";
import type { Backend } from "../services/ends.ts";
import { type Problem, backendsOf } from "./backend.ts";

const REFERENCE = { namespace: "d", name: "web", port: 443 };
const service = { spec: { ports: [{ name: "https", port: 443 }] } };
const slice = (addresses: string[], ready?: boolean, name = "https", of = "web") => ({
  metadata: { labels: { "kubernetes.io/service-name": of } },
  ports: [{ name, port: 8443 }],
  endpoints: [{ addresses, conditions: { ready } }],
});

function storeOf(found: object | undefined, slices: readonly object[]): Snapshot {
  return {
    get: (key: string) => (key === "/core/services/d/web" && found ? { object: found } : undefined),
    range: (prefix: string) =>
      prefix === "/discovery.k8s.io/endpointslices/d/" ? slices.map((object) => ({ object })) : [],
  } as unknown as Snapshot;
}

const reason = (found: readonly Backend[] | Problem): unknown => ("reason" in found ? found.reason : found);

for (const [rule, found, slices, expected] of [
  ["a Service that is not there leads nowhere", undefined, [], "ServiceNotFound"],
  ["nor one that does not listen on the port", { spec: { ports: [{ port: 80 }] } }, [], "ServicePortError"],
  ["nor one without slices", service, [slice(["10.0.0.1"], true, "https", "other")], "EndpointsNotFound"],
  ["nor one whose slices have no such port", service, [slice(["10.0.0.1"], true, "http")], "MissingEndpoints"],
  ["nor one whose ends are not ready", service, [slice(["10.0.0.1"], false)], "MissingEndpoints"],
  ["ready ends are where it leads", service, [slice(["10.0.0.1"], true)], [{ host: "10.0.0.1", port: 8443 }]],
  ["unknown readiness counts as ready", service, [slice(["10.0.0.1"])], [{ host: "10.0.0.1", port: 8443 }]],
  [
    "an external name is where it leads, at the port asked for",
    { spec: { type: "ExternalName", externalName: "api.example.com" } },
    [],
    [{ host: "api.example.com", port: 443 }],
  ],
] as const) {
  test(rule, () => {
    assert.deepEqual(reason(backendsOf(storeOf(found, slices), REFERENCE)), expected);
  });
}
