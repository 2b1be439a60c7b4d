/** The specs of sig-cli that need no pod to run, with the real kubectl. */
import assert from "node:assert/strict";
import type { Json } from "./caller.ts";
import type { Specs } from "./rig.ts";

const OF = "[sig-cli] Kubectl client Kubectl";

const deployment = (image: string): Json => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "httpd-deployment" },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: "httpd" } },
    template: { metadata: { labels: { app: "httpd" } }, spec: { containers: [{ name: "httpd", image }] } },
  },
});

export const kubectl: Specs = {
  async [`${OF} api-versions should check if v1 is in available api versions`](rig) {
    assert.match((await rig.kubectl(["api-versions"])).out, /^v1$/m);
  },

  async [`${OF} diff should check if kubectl diff finds a difference for Deployments`](rig) {
    const namespace = await rig.namespace();
    await rig.kubectl(["-n", namespace, "create", "-f", "-"], { input: JSON.stringify(deployment("httpd:2.4.38")) });
    const input = JSON.stringify(deployment("httpd:2.4.39"));
    const { out } = await rig.kubectl(["-n", namespace, "diff", "-f", "-"], { input, code: 1 });
    assert.match(out, /^-.*httpd:2\.4\.38$/m);
    assert.match(out, /^\+.*httpd:2\.4\.39$/m);
    await rig.kubectl(["-n", namespace, "delete", "-f", "-"], { input });
  },

  async [`${OF} server-side dry-run should check if kubectl can dry-run update Pods`](rig) {
    const namespace = await rig.namespace();
    const target = `/api/v1/namespaces/${namespace}/pods/e2e-test-httpd-pod`;
    await rig.until(`/api/v1/namespaces/${namespace}/serviceaccounts/default`, ({ kind }) => kind === "ServiceAccount");
    await rig.kubectl(["-n", namespace, "run", "e2e-test-httpd-pod", "--image=httpd:1", "--labels=run=e2e"]);
    const { out } = await rig.kubectl(["-n", namespace, "get", "pod", "e2e-test-httpd-pod", "-o", "json"]);
    const input = out.replace("httpd:1", "busybox:1");
    const patch = JSON.stringify({ spec: { containers: [{ name: "e2e-test-httpd-pod", image: "busybox:1" }] } });
    const words = ["-n", namespace, "patch", "pod", "e2e-test-httpd-pod", "-p", patch, "--dry-run=server"];
    await rig.kubectl(words);
    await rig.kubectl(["-n", namespace, "replace", "-f", "-", "--dry-run=server"], { input });
    assert.equal((await rig.get(target)).spec.containers[0].image, "httpd:1");
    await rig.kubectl(["-n", namespace, "delete", "pod", "e2e-test-httpd-pod", "--wait=false"]);
  },

  async [`${OF} cluster-info should check if Kubernetes control plane services is included in cluster-info`](rig) {
    const { out } = await rig.kubectl(["cluster-info"]);
    assert.match(out, /Kubernetes control plane/);
    assert.match(out, /is running at/);
  },

  async [`${OF} version should check is all data is printed`](rig) {
    const { out } = await rig.kubectl(["version"]);
    for (const what of ["Client Version", "Server Version"])
      assert.match(out, new RegExp(`^${what}: v1\\.\\d+\\.`, "m"));
  },
};
