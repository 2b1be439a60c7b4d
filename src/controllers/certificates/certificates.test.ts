import assert from "node:assert/strict";
import { test } from "node:test";
import type { CertificateSigningRequest } from "../../api/certificates/index.ts";
import type { CertificateAuthority, RequestContent } from "./authority.ts";
import { csrApprover } from "./approver.ts";
import * as cleaner from "./cleaner.ts";
import * as signer from "./signer.ts";

const NOW = Date.UTC(2026, 0, 2);
const HOUR = 3600_000;
const NODE: RequestContent = {
  commonName: "system:node:n1",
  organizations: ["system:nodes"],
  dnsNames: [],
  addresses: [],
};
const CLIENT = ["digital signature", "client auth"];

function request(spec: object, ...conditions: string[]): CertificateSigningRequest {
  return {
    metadata: { name: "csr-1", creationTimestamp: "2026-01-02T00:00:00Z" },
    spec: { request: btoa("PEM"), signerName: "kubernetes.io/kube-apiserver-client-kubelet", usages: CLIENT, ...spec },
    status: {
      conditions: conditions.map((type) => ({ type, status: "True", lastUpdateTime: "2026-01-02T00:00:00Z" })),
    },
  } as unknown as CertificateSigningRequest;
}

function authority(content: RequestContent): CertificateAuthority & { signed: unknown[] } {
  const signed: unknown[] = [];
  return {
    signed,
    read: () => content,
    sign(text, usages, seconds) {
      signed.push([text, usages, seconds]);
      return "CERT";
    },
  };
}

const YEAR = 365 * 24 * 3600;
const SERVING = { signerName: "kubernetes.io/kubelet-serving", usages: ["digital signature", "server auth"] };
const USER = { signerName: "kubernetes.io/kube-apiserver-client" };

for (const { rule, spec = {}, content = NODE, signed, failed, conditions = ["Approved"] } of [
  { rule: "a kubelet's client certificate is signed for a year", signed: ["PEM", ["client"], YEAR] },
  {
    rule: "a shorter life is given where asked for",
    spec: { expirationSeconds: 600 },
    signed: ["PEM", ["client"], 600],
  },
  { rule: "a longer one is not", spec: { expirationSeconds: 2 * YEAR }, signed: ["PEM", ["client"], YEAR] },
  { rule: "what waits for its approval is left alone", conditions: [] },
  { rule: "what failed is left alone", conditions: ["Approved", "Failed"] },
  { rule: "another's signer is left alone", spec: { signerName: "example.com/signer" } },
  {
    rule: "a name that is no node's is refused",
    content: { ...NODE, commonName: "admin" },
    failed: "subject common name does not begin with system:node:",
  },
  {
    rule: "another organisation is refused",
    content: { ...NODE, organizations: ["system:masters"] },
    failed: "subject organization is not system:nodes",
  },
  {
    rule: "a client has no DNS names",
    content: { ...NODE, dnsNames: ["a"] },
    failed: "DNS subjectAltNames are not allowed",
  },
  { rule: "a node's server has names", spec: SERVING, failed: "DNS or IP subjectAltName is required" },
  {
    rule: "a node's server is signed as one",
    spec: SERVING,
    content: { ...NODE, addresses: ["10.0.0.1"] },
    signed: ["PEM", ["server"], YEAR],
  },
  {
    rule: "a user is signed whoever he is",
    spec: USER,
    content: { ...NODE, commonName: "jane" },
    signed: ["PEM", ["client"], YEAR],
  },
  {
    rule: "other usages are refused",
    spec: { ...USER, usages: ["client auth", "cert sign"] },
    failed: "usages did not match client auth",
  },
] as const) {
  test(`signing: ${rule}`, () => {
    const by = authority(content);
    const { writes } = signer.decide({ object: request(spec, ...conditions), now: NOW }, by);
    const [write] = writes as unknown as { object: CertificateSigningRequest; subresource: string }[];
    assert.deepEqual(by.signed, signed === undefined ? [] : [signed]);
    assert.equal(write?.object.status.certificate, signed && btoa("CERT"));
    const failure = write?.object.status.conditions?.find(({ type }) => type === "Failed");
    assert.deepEqual(failure && [failure.reason, failure.message], failed && ["SignerValidationFailure", failed]);
    if (write !== undefined) assert.equal(write.subresource, "status");
  });
}

for (const { rule, username, allowed = [], content = NODE, conditions = [], message, refused } of [
  {
    rule: "a machine that joins may have one where it may create nodeclient",
    username: "system:bootstrap:abcdef",
    allowed: ["nodeclient"],
    message: "Auto approving kubelet client certificate after SubjectAccessReview.",
  },
  {
    rule: "a node may renew its own",
    username: "system:node:n1",
    allowed: ["selfnodeclient"],
    message: "Auto approving self kubelet client certificate after SubjectAccessReview.",
  },
  {
    rule: "a node gets none of another",
    username: "system:node:n2",
    allowed: ["selfnodeclient"],
    refused: 'recognized csr "csr-1" as [nodeclient] but subject access review was not approved',
  },
  {
    rule: "who may not is tried again later",
    username: "system:node:n1",
    refused: 'recognized csr "csr-1" as [selfnodeclient nodeclient] but subject access review was not approved',
  },
  {
    rule: "what no kubelet asks for is left to people",
    username: "x",
    allowed: ["nodeclient"],
    content: { ...NODE, organizations: [] },
  },
  { rule: "what was denied stays so", username: "x", allowed: ["nodeclient"], conditions: ["Denied"] },
]) {
  test(`approving: ${rule}`, async () => {
    const updated: { object: CertificateSigningRequest; subresource: string }[] = [];
    const client = {
      create: async (_: unknown, { spec }: { spec: { user: string; resourceAttributes: { subresource: string } } }) => {
        assert.equal(spec.user, username);
        return {
          status: { allowed: allowed.some((subresource) => subresource === spec.resourceAttributes.subresource) },
        };
      },
      update: async (_: unknown, object: CertificateSigningRequest, { subresource }: { subresource: string }) =>
        void updated.push({ object, subresource }),
    };
    const cache = { get: () => request({ username }, ...conditions) };
    const controller = csrApprover(authority(content)) as unknown as {
      reconcile(key: object, context: object): Promise<void>;
    };
    const done = controller.reconcile({ name: "csr-1" }, { cache, client, now: NOW });
    await (refused === undefined ? done : assert.rejects(done, { message: refused }));
    const [write] = updated;
    assert.equal(write?.object.status.conditions?.find(({ type }) => type === "Approved")?.message, message);
    if (write !== undefined) assert.equal(write.subresource, "approval");
  });
}

for (const { rule, conditions, certificate, end } of [
  { rule: "a day after it was made where nobody decided", conditions: [], end: 24 * HOUR },
  { rule: "an hour after it was denied", conditions: ["Denied"], end: HOUR },
  { rule: "an hour after it failed", conditions: ["Approved", "Failed"], end: HOUR },
  { rule: "an hour after it was approved and issued", conditions: ["Approved"], certificate: "Q0VSVA==", end: HOUR },
  { rule: "a day after it was made where it was approved and never issued", conditions: ["Approved"], end: 24 * HOUR },
]) {
  test(`a request goes ${rule}`, () => {
    const made = request({}, ...conditions);
    const object = { ...made, status: { ...made.status, certificate } };
    assert.deepEqual(cleaner.decide({ object, now: NOW + end - 1 }), { writes: [], recheckAt: NOW + end });
    assert.deepEqual(
      cleaner.decide({ object, now: NOW + end }).writes.map(({ verb }) => verb),
      ["delete"],
    );
  });
}
