import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinKinds } from "../api/index.ts";
import { registryLayout } from "./registry-layout.ts";

const layout = registryLayout([
  { group: "core", resource: "pods" },
  { group: "core", resource: "nodes" },
  { group: "core", resource: "services" },
  { group: "core", resource: "endpoints" },
  { group: "core", resource: "replicationcontrollers" },
  { group: "apps", resource: "deployments" },
  { group: "apps", resource: "deployments" },
  { group: "networking.k8s.io", resource: "ingresses" },
  { group: "apiextensions.k8s.io", resource: "customresourcedefinitions" },
]);

for (const [key, stored] of [
  ["/core/pods/default/web", "/registry/pods/default/web"],
  ["/core/nodes/a", "/registry/minions/a"],
  ["/core/services/default/web", "/registry/services/specs/default/web"],
  ["/core/endpoints/default/web", "/registry/services/endpoints/default/web"],
  ["/core/replicationcontrollers/default/web", "/registry/controllers/default/web"],
  ["/apps/deployments/default/web", "/registry/deployments/default/web"],
  ["/networking.k8s.io/ingresses/default/web", "/registry/ingress/default/web"],
  [
    "/apiextensions.k8s.io/customresourcedefinitions/widgets.example.com",
    "/registry/apiextensions.k8s.io/customresourcedefinitions/widgets.example.com",
  ],
  ["/example.com/widgets/default/web", "/registry/example.com/widgets/default/web"],
  ["/example.com/widgets/cluster-wide", "/registry/example.com/widgets/cluster-wide"],
  ["/tiphys/nodeports/TCP-30080", "/registry/tiphys/nodeports/TCP-30080"],
] as const) {
  test(`${key} lies at ${stored}, and back`, () => {
    assert.equal(layout.toDatabase(key), stored);
    assert.equal(layout.fromDatabase(stored), key);
  });
}

for (const stored of [
  "/registry/masterleases/10.0.0.1",
  "/registry/ranges/serviceips",
  "/registry/health",
  "/other/x",
]) {
  test(`${stored} holds no object`, () => assert.equal(layout.fromDatabase(stored), undefined));
}

test("two resources that would share a place are refused", () => {
  const events = [
    { group: "core", resource: "events" },
    { group: "events.k8s.io", resource: "events" },
  ];
  assert.throws(() => registryLayout(events), /core\/events/);
});

/** Where upstream's API server keeps each resource that v1.36 stores, below its prefix. */
const PLACES = `
apiextensions.k8s.io/customresourcedefinitions apiregistration.k8s.io/apiservices certificatesigningrequests
clusterrolebindings clusterroles configmaps controllerrevisions controllers cronjobs csidrivers csinodes
csistoragecapacities daemonsets deployments deviceclasses endpointslices events flowschemas horizontalpodautoscalers
ingress ingressclasses ipaddresses jobs leases limitranges minions mutatingadmissionpolicies
mutatingadmissionpolicybindings mutatingwebhookconfigurations namespaces networkpolicies persistentvolumeclaims
persistentvolumes poddisruptionbudgets pods podtemplates priorityclasses prioritylevelconfigurations replicasets
resourceclaims resourceclaimtemplates resourcequotas resourceslices rolebindings roles runtimeclasses secrets
serviceaccounts servicecidrs services/endpoints services/specs statefulsets storageclasses
validatingadmissionpolicies validatingadmissionpolicybindings validatingwebhookconfigurations volumeattachments
volumeattributesclasses`;

test("every built-in resource lies where upstream has it", () => {
  // ComponentStatuses are made when asked for.
  const stored = builtinKinds.filter(
    ({ verbs, names }) => verbs.includes("get") && names.plural !== "componentstatuses",
  );
  const every = registryLayout(stored.map(({ storage }) => storage));
  const places = stored.map(({ storage: { group, resource } }) => every.toDatabase(`/${group}/${resource}/n/x`));
  const wanted = PLACES.trim().split(/\s+/);
  assert.deepEqual([...new Set(places)].toSorted(), wanted.map((place) => `/registry/${place}/n/x`).toSorted());
});
