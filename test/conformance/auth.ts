/** Certificates, service accounts and their tokens, and what may be asked about permissions. */
import assert from "node:assert/strict";
import type { Caller, Json } from "./caller.ts";
import { lifecycle } from "./lifecycle.ts";
import type { Specs } from "./rig.ts";

const ACCOUNTS = "[sig-auth] ServiceAccounts";
const AUTHORIZATION = "/apis/authorization.k8s.io/v1";
const AUTHENTICATION = "/apis/authentication.k8s.io/v1";
const SIGNING = "certificates.k8s.io/v1/certificatesigningrequests";

/** Of a throw-away key, for /O=e2e/CN=e2e-example. */
const REQUEST = Buffer.from(`-----BEGIN CERTIFICATE REQUEST-----
MIHeMIGGAgEAMCQxDDAKBgNVBAoMA2UyZTEUMBIGA1UEAwwLZTJlLWV4YW1wbGUw
WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASv876d/GWHP7EjlZ/2/dROLeRD8R1u
NG3gRx1r56zn9wSkZQONfSypzmcuzcjCvk07pbosSL0ufSmODrxCQVC9oAAwCgYI
KoZIzj0EAwIDRwAwRAIgGSwk+n+Qmo8+DH+quNLFV2yIzBM/9Z0yUQ03oiG3HfoC
IE7T6WDp73mvmzqUUPZ6/Y4qKWMyo3ExEXtrvPSaiB1x
-----END CERTIFICATE REQUEST-----
`).toString("base64");

async function canApprove(rig: Caller): Promise<void> {
  const path = `/apis/${SIGNING}`;
  const name = rig.name("csr");
  const spec = { request: REQUEST, signerName: "example.com/e2e", usages: ["digital signature", "client auth"] };
  await rig.post(path, { metadata: { name }, spec });
  const target = `${path}/${name}`;
  const approved = { type: "Approved", status: "True", reason: "E2E", message: "Set from an e2e test" };
  const patched = await rig.patch(`${target}/approval`, {
    metadata: { annotations: { patchedapproval: "true" } },
    status: { conditions: [{ ...approved, type: "ApprovalPatch" }] },
  });
  assert.equal(patched.metadata.annotations.patchedapproval, "true");
  assert.equal(patched.status.conditions[0].type, "ApprovalPatch");
  const updated = await rig.update(`${target}/approval`, ({ status, ...rest }) => ({
    ...rest,
    status: { ...status, conditions: [...status.conditions, { ...approved, type: "Approved" }] },
  }));
  assert.equal(updated.status.conditions.length, 2);
  assert.equal((await rig.get(`${target}/approval`)).metadata.name, name);
  // Any certificate will do: that of the cluster's own authority.
  const { data } = await rig.until("/api/v1/namespaces/default/configmaps/kube-root-ca.crt", (map) => map.data);
  const certificate = Buffer.from(data["ca.crt"]).toString("base64");
  assert.equal((await rig.patch(`${target}/status`, { status: { certificate } })).status.certificate, certificate);
  await rig.delete(target);
  await rig.gone(target);
}

const mountsToken = ({ spec }: Json): boolean =>
  spec.containers[0].volumeMounts?.some(
    ({ mountPath }: Json) => mountPath === "/var/run/secrets/kubernetes.io/serviceaccount",
  ) ?? false;

export const auth: Specs = {
  async "[sig-auth] Certificates API [Privileged:ClusterAdmin] should support CSR API operations"(rig) {
    await lifecycle({
      of: SIGNING,
      kind: "CertificateSigningRequest",
      object: {
        spec: {
          request: REQUEST,
          signerName: "example.com/e2e",
          expirationSeconds: 3600,
          usages: ["digital signature", "key encipherment", "client auth"],
        },
      },
      status: { status: { conditions: [{ type: "StatusPatch", status: "True", reason: "E2E", message: "m" }] } },
    })(rig);
    await canApprove(rig);
  },

  async [`${ACCOUNTS} should allow opting out of API token automount`](rig) {
    const namespace = `/api/v1/namespaces/${await rig.namespace()}`;
    const accounts = { "sa-default": undefined, "sa-mount": true, "sa-nomount": false };
    for (const [name, automountServiceAccountToken] of Object.entries(accounts)) {
      await rig.post(`${namespace}/serviceaccounts`, { metadata: { name }, automountServiceAccountToken });
    }
    for (const account of Object.keys(accounts)) {
      for (const wanted of [undefined, true, false]) {
        const made = await rig.post(`${namespace}/pods`, {
          metadata: { generateName: "pod-" },
          spec: {
            containers: [{ name: "token-test", image: "pause" }],
            serviceAccountName: account,
            automountServiceAccountToken: wanted,
          },
        });
        assert.equal(mountsToken(made), wanted ?? account !== "sa-nomount", `${account}, the pod wants ${wanted}`);
      }
    }
  },

  [`${ACCOUNTS} should run through the lifecycle of a ServiceAccount`]: lifecycle({
    of: "v1/serviceaccounts",
    kind: "ServiceAccount",
    namespaced: true,
    object: { automountServiceAccountToken: false },
    change: { automountServiceAccountToken: true },
  }),

  async [`${ACCOUNTS} should guarantee kube-root-ca.crt exist in any namespace`](rig) {
    const target = `/api/v1/namespaces/${await rig.namespace()}/configmaps/kube-root-ca.crt`;
    const holds = ({ data }: Json): boolean => data?.["ca.crt"]?.startsWith("-----BEGIN CERTIFICATE-----");
    const { uid } = (await rig.until(target, holds)).metadata;
    await rig.delete(target);
    await rig.until(target, (found) => holds(found) && found.metadata.uid !== uid);
    await rig.put(target, { metadata: { name: "kube-root-ca.crt" }, data: { "ca.crt": "" } });
    await rig.until(target, holds);
  },

  async [`${ACCOUNTS} should update a ServiceAccount`](rig) {
    const path = `/api/v1/namespaces/${await rig.namespace()}/serviceaccounts`;
    await rig.post(path, { metadata: { name: "e2e-sa" } });
    const updated = await rig.update(`${path}/e2e-sa`, (account) => ({
      ...account,
      automountServiceAccountToken: true,
    }));
    assert.equal(updated.automountServiceAccountToken, true);
  },

  async [`${ACCOUNTS} should create a serviceAccountToken and ensure a successful TokenReview`](rig) {
    const namespace = await rig.namespace();
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts`;
    const { metadata } = await rig.post(path, { metadata: { name: "e2e-sa" } });
    const made = await rig.post(`${path}/e2e-sa/token`, { spec: {} });
    const { token } = made.status;
    const { status } = await rig.post(`${AUTHENTICATION}/tokenreviews`, { spec: { token } });
    assert.equal(status.authenticated, true);
    assert.equal(status.error, undefined);
    assert.partialDeepStrictEqual(status.user, {
      username: `system:serviceaccount:${namespace}:e2e-sa`,
      uid: metadata.uid,
      groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
    });
  },

  async "[sig-auth] SubjectReview should support SubjectReview API operations"(rig) {
    const namespace = await rig.namespace();
    await rig.post(`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: "e2e" } });
    const user = `system:serviceaccount:${namespace}:e2e`;
    const resourceAttributes = { verb: "list", resource: "configmaps", version: "v1", namespace };
    const spec = { user, resourceAttributes };
    for (const path of [
      `${AUTHORIZATION}/subjectaccessreviews`,
      `${AUTHORIZATION}/namespaces/${namespace}/localsubjectaccessreviews`,
    ]) {
      const metadata = path.includes(namespace) ? { namespace } : {};
      assert.equal((await rig.post(path, { metadata, spec })).status.allowed, false);
    }
    const asked = await rig.call("GET", `/api/v1/namespaces/${namespace}/configmaps`, { as: user });
    assert.equal(asked.status, 403);
    const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
    await rig.post(`${rbac}/rolebindings`, {
      metadata: { name: "e2e" },
      subjects: [{ kind: "ServiceAccount", name: "e2e", namespace }],
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
    });
    assert.equal((await rig.post(`${AUTHORIZATION}/subjectaccessreviews`, { spec })).status.allowed, true);
    const allowed = await rig.call("GET", `/api/v1/namespaces/${namespace}/configmaps`, { as: user });
    assert.equal(allowed.status, 200);
    const self = await rig.post(`${AUTHORIZATION}/selfsubjectaccessreviews`, { spec: { resourceAttributes } });
    assert.equal(self.status.allowed, true);
  },
};
