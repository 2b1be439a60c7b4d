/** Discovery documents, both forms, and the server's version. */
import assert from "node:assert/strict";
import type { Caller, Json } from "./caller.ts";
import { type Definition, define } from "./definitions.ts";
import type { Specs } from "./rig.ts";

const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
/** As client-go asks for what it falls back from. */
const AGGREGATED_OR_PLAIN = `${AGGREGATED},application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json`;

/** One resource of each group that every server has. */
const BUILT_IN = [
  "v1/namespaces",
  "admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
  "apiextensions.k8s.io/v1/customresourcedefinitions",
  "apiregistration.k8s.io/v1/apiservices",
  "apps/v1/deployments",
  "authentication.k8s.io/v1/tokenreviews",
  "authorization.k8s.io/v1/selfsubjectaccessreviews",
  "autoscaling/v1/horizontalpodautoscalers",
  "autoscaling/v2/horizontalpodautoscalers",
  "batch/v1/jobs",
  "certificates.k8s.io/v1/certificatesigningrequests",
  "coordination.k8s.io/v1/leases",
  "discovery.k8s.io/v1/endpointslices",
  "events.k8s.io/v1/events",
  "networking.k8s.io/v1/ingresses",
  "node.k8s.io/v1/runtimeclasses",
  "policy/v1/poddisruptionbudgets",
  "scheduling.k8s.io/v1/priorityclasses",
  "storage.k8s.io/v1/csinodes",
];

/** All resources of both aggregated documents, as `group/version/resource`. */
async function aggregated(rig: Caller, accept: string): Promise<Set<string>> {
  const found = new Set<string>();
  for (const path of ["/api", "/apis"]) {
    const { kind, items } = await rig.get(path, accept);
    assert.equal(kind, "APIGroupDiscoveryList");
    for (const group of items as Json[]) {
      for (const { version, resources } of group.versions as Json[]) {
        const prefix = group.metadata.name ? `${group.metadata.name}/${version}` : version;
        for (const { resource } of resources as Json[]) found.add(`${prefix}/${resource}`);
      }
    }
  }
  return found;
}

const hasBuiltIn = (accept: string) => async (rig: Caller) => {
  const found = await aggregated(rig, accept);
  for (const each of BUILT_IN) assert.ok(found.has(each), `${each} is not in the aggregated document`);
};

const hasCustom = (accept: string) => async (rig: Caller) => {
  await using custom = await define(rig, {});
  assert.ok((await aggregated(rig, accept)).has(ofDefinition(custom)));
};

const ofDefinition = ({ group, version, plural }: Definition): string => `${group}/${version}/${plural}`;

export const discovery: Specs = {
  "[sig-api-machinery] AggregatedDiscovery should support raw aggregated discovery endpoint Accept headers":
    hasBuiltIn(AGGREGATED),

  "[sig-api-machinery] AggregatedDiscovery should support raw aggregated discovery request for CRDs":
    hasCustom(AGGREGATED),

  "[sig-api-machinery] AggregatedDiscovery should support aggregated discovery interface":
    hasBuiltIn(AGGREGATED_OR_PLAIN),

  "[sig-api-machinery] AggregatedDiscovery should support aggregated discovery interface for CRDs":
    hasCustom(AGGREGATED_OR_PLAIN),

  async "[sig-api-machinery] Discovery should validate PreferredVersion for each APIGroup"(rig) {
    const { groups } = await rig.get("/apis");
    assert.ok(groups.length > 15);
    for (const { name } of groups as Json[]) {
      const { versions, preferredVersion } = await rig.get(`/apis/${name}`);
      assert.match(preferredVersion.groupVersion, new RegExp(`^${name}/`));
      assert.ok((versions as Json[]).some(({ groupVersion }) => groupVersion === preferredVersion.groupVersion));
    }
  },

  async "[sig-api-machinery] Discovery should locate the groupVersion and a resource within each APIGroup"(rig) {
    for (const each of BUILT_IN.slice(1)) {
      const [group, version, plural] = each.split("/");
      const { groups } = await rig.get("/apis");
      assert.ok((groups as Json[]).some(({ name }) => name === group));
      const { versions } = await rig.get(`/apis/${group}`);
      assert.ok((versions as Json[]).some(({ groupVersion }) => groupVersion === `${group}/${version}`));
      const { groupVersion, resources } = await rig.get(`/apis/${group}/${version}`);
      assert.equal(groupVersion, `${group}/${version}`);
      assert.ok((resources as Json[]).some(({ name }) => name === plural));
    }
  },

  async "[sig-api-machinery] server version should find the server version"(rig) {
    const { major, minor, gitVersion } = await rig.get("/version");
    assert.match(major, /^\d+$/);
    assert.match(minor, /^\d+\+?$/);
    assert.match(gitVersion, /^v\d+\.\d+\.\d+/);
  },

  async "[sig-api-machinery] Servers with support for Table transformation should return a 406 for a backend which does not implement metadata"(
    rig,
  ) {
    await rig.refused(406, "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
      body: { spec: { nonResourceAttributes: { path: "/", verb: "get" } } },
      accept: "application/json;as=Table;v=v1;g=meta.k8s.io",
    });
  },
};
