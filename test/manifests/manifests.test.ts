/** Unmodified manifests of well-known projects go in, stay as they are, and go out again without a trace. */
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { CustomResourceDefinition } from "../../src/api/apiextensions/index.ts";
import { KUBECTLS } from "../wire/test-cluster.ts";
import { HUNG } from "../hung.ts";
import { type Manifest, ManifestCluster, MANIFESTS, target, whyNoManifests } from "./manifests.ts";

const problem = whyNoManifests();
const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");
const TOO_LONG = /metadata\.annotations: Too long: may not be more than 262144 bytes$/;

/**
 * What client-side apply sends a patch for every time, because defaults fill items of a list it compares as a whole or
 * the manifest says null. kubectl says `configured`; the object must not change.
 */
const CONFIGURED: Readonly<Record<string, readonly string[]>> = {
  "argo-cd": [
    "networkpolicy.networking.k8s.io/argocd-application-controller-network-policy",
    "networkpolicy.networking.k8s.io/argocd-repo-server-network-policy",
  ],
  cassandra: ["statefulset.apps/cassandra"],
  "ingress-nginx": [
    "configmap/ingress-nginx-controller",
    "deployment.apps/ingress-nginx-controller",
    "validatingwebhookconfiguration.admissionregistration.k8s.io/ingress-nginx-admission",
  ],
};

/** An object of a custom kind that waits for somebody before it goes. */
const HELD = {
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  metadata: { name: "held", namespace: "default", finalizers: ["example.com/hold"] },
  spec: { hostnames: ["example.com"] },
};

suite("manifests of well-known projects", { skip: problem, timeout: HUNG }, () => {
  let here: ManifestCluster;
  before(async () => {
    here = await ManifestCluster.start();
  });
  after(() => here[Symbol.asyncDispose]());

  /** What is there of this manifest: name to `metadata.resourceVersion`, or generation where controllers write status. */
  const versions = async (manifest: Manifest): Promise<string> => {
    const path = '{range .items[*]}{.kind}/{.metadata.name} {.metadata.uid} {.metadata.resourceVersion}{"\\n"}{end}';
    const still = '{range .items[*]}{.kind}/{.metadata.name} {.metadata.uid} {.metadata.generation}{"\\n"}{end}';
    const said = await here.kubectl(["get", ...target(manifest), "--ignore-not-found", "-o", `jsonpath=${path}`]);
    const moving = /^(Deployment|StatefulSet|Job|Namespace)\//;
    const generations = await here.kubectl([
      "get",
      ...target(manifest),
      "--ignore-not-found",
      "-o",
      `jsonpath=${still}`,
    ]);
    return [
      ...lines(said).filter((line) => !moving.test(line)),
      ...lines(generations).filter((line) => moving.test(line)),
    ].join("\n");
  };

  /** Deletes what the manifest brought. Namespaces may take their objects before kubectl comes to them. */
  const remove = (manifest: Manifest): Promise<string> =>
    here.kubectl(["delete", ...target(manifest), "--ignore-not-found", "--timeout=60s"]);

  for (const manifest of MANIFESTS) {
    const { name, objects } = manifest;

    test(`${name}: server-side apply takes all, and again changes nothing`, async () => {
      const apply = ["apply", "--server-side", ...target(manifest)];
      const said = lines(await here.kubectl(apply));
      assert.equal(said.length, objects);
      for (const line of said) assert.match(line, / serverside-applied$/);
      if (said.some((line) => line.startsWith("customresourcedefinition"))) {
        await here.kubectl(["wait", "--for=condition=Established", "crd", "--all", "--timeout=20s"]);
      }
      const first = await versions(manifest);
      assert.equal(lines(first).length, objects);
      await here.kubectl(apply);
      assert.equal(await versions(manifest), first);
      assert.equal(await here.kubectl(["diff", "--server-side", ...target(manifest)]), "");
      await remove(manifest);
      assert.equal(await versions(manifest), "");
    });
  }

  for (const manifest of MANIFESTS) {
    const { name, objects, tooLong } = manifest;

    test(`${name}: client-side apply takes what fits its annotation, and again changes nothing`, async () => {
      const apply = ["apply", ...target(manifest)];
      const first = await here.tryKubectl(apply);
      assert.equal(first.code, tooLong.length > 0 ? 1 : 0, first.err);
      const made = lines(first.out);
      assert.equal(made.length, objects - tooLong.length);
      for (const line of made) assert.match(line, / created$/);
      const errors = lines(first.err);
      assert.equal(errors.length, tooLong.length, first.err);
      for (const [i, error] of errors.entries()) {
        assert.match(error, TOO_LONG);
        assert.ok(error.includes(`"${tooLong[i]}" is invalid`), error);
      }
      const before = await versions(manifest);
      const second = await here.tryKubectl(apply);
      assert.equal(second.code, first.code, second.err);
      const again = lines(second.out);
      assert.equal(again.length, made.length);
      const configured = again.filter((line) => !line.endsWith(" unchanged"));
      assert.deepEqual(
        configured,
        (CONFIGURED[name] ?? []).map((object) => `${object} configured`),
      );
      assert.equal(await versions(manifest), before);
      if (tooLong.length === 0) assert.equal(await here.kubectl(["diff", ...target(manifest)]), "");
    });
  }

  test("older kubectls find nothing to change either", async () => {
    const manifest = MANIFESTS.find(({ name }) => name === "gateway-api")!;
    const before = await versions(manifest);
    for (const version of ["1.36", "1.32"].filter((each) => KUBECTLS.has(each))) {
      const said = lines(await here.kubectl(["apply", ...target(manifest)], { version }));
      assert.equal(said.filter((line) => line.endsWith(" unchanged")).length, manifest.objects, said.join("\n"));
    }
    assert.equal(await versions(manifest), before);
  });

  test("kubectl explain knows the fields of the custom kinds", async () => {
    const told = await here.kubectl(["explain", "httproutes.spec.parentRefs.sectionName"]);
    assert.match(
      told,
      /^GROUP: +gateway\.networking\.k8s\.io\nKIND: +HTTPRoute\nVERSION: +v1\n\nFIELD: sectionName <string>/,
    );
    assert.match(await here.kubectl(["explain", "certificates.spec.issuerRef"]), /-required-/);
  });

  test("a definition takes its objects with it, after their finalizers", async () => {
    const route = "httproute.gateway.networking.k8s.io/held";
    await here.kubectl(["create", "-f", "-"], { input: JSON.stringify(HELD) });
    const deleted = here.kubectl(["delete", "crd", "httproutes.gateway.networking.k8s.io", "--timeout=30s"]);
    await here.kubectl(["wait", "--for=jsonpath={.metadata.deletionTimestamp}", route, "--timeout=20s"]);
    const crd = await here.cluster.client.get(CustomResourceDefinition, "httproutes.gateway.networking.k8s.io");
    assert.ok(crd.metadata.deletionTimestamp, "the definition waits for its object");
    await here.kubectl(["patch", route, "--type=merge", "-p", '{"metadata":{"finalizers":null}}']);
    await deleted;
    assert.match(
      (await here.tryKubectl(["get", "httproutes"])).err,
      /the server could not find the requested resource|the server doesn't have a resource type "httproutes"/,
    );
  });

  test("deleted, nothing is left: no definition, no namespace, no pod", async () => {
    const namespaces = MANIFESTS.flatMap(({ namespace }) => namespace ?? []);
    for (const manifest of MANIFESTS.toReversed()) await remove(manifest);
    await here.kubectl(["delete", "namespace", ...namespaces, "--timeout=60s"]);
    assert.equal(await here.kubectl(["get", "crd", "-o", "name"]), "");
    assert.deepEqual(lines(await here.kubectl(["get", "namespaces", "-o", "name"])), [
      "namespace/default",
      "namespace/kube-node-lease",
      "namespace/kube-public",
      "namespace/kube-system",
    ]);
    const kinds = "deployments,replicasets,statefulsets,jobs,pods,networkpolicies,storageclasses";
    assert.equal(await here.kubectl(["get", kinds, "-A", "-o", "name"]), "");
  });
});
