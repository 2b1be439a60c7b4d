import assert from "node:assert/strict";
import { test } from "node:test";
import type { CertificateSigningRequest } from "../../api/certificates/index.ts";
import { certificateOf } from "../../machinery/x509/testing/certificates.ts";
import { der, pem, sequence } from "../../machinery/x509/testing/der.ts";
import {
  EVERY_NAME_REQUEST,
  MASTERS_REQUEST,
  NODE_REQUEST,
  SERVING_REQUEST,
} from "../../machinery/x509/testing/requests.ts";
import type { CertificateAuthority, CertificateTerms } from "./authority.ts";
import { csrApprover } from "./approver.ts";
import * as cleaner from "./cleaner.ts";
import * as signer from "./signer.ts";

const NOW = Date.UTC(2026, 0, 2);
const HOUR = 3600_000;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;
const BACKDATE = 300_000;
const CLIENT = ["digital signature", "client auth"];

function request(spec: object, ...conditions: string[]): CertificateSigningRequest {
  const given = {
    request: btoa(NODE_REQUEST),
    signerName: "kubernetes.io/kube-apiserver-client-kubelet",
    usages: CLIENT,
    ...spec,
  };
  return {
    metadata: { name: "csr-1", creationTimestamp: "2026-01-02T00:00:00Z" },
    spec: given,
    status: {
      conditions: conditions.map((type) => ({ type, status: "True", lastUpdateTime: "2026-01-02T00:00:00Z" })),
    },
  } as unknown as CertificateSigningRequest;
}

interface Signed extends CertificateTerms {
  readonly name: string;
}

function authority(): CertificateAuthority & { readonly signed: Signed[] } {
  const signed: Signed[] = [];
  return {
    signed,
    sign({ subject }, terms) {
      signed.push({ name: subject.commonName, ...terms });
      return "CERT";
    },
  };
}

const OWN = { request: btoa(SERVING_REQUEST) };
const SERVING = { ...OWN, signerName: "kubernetes.io/kubelet-serving", usages: ["digital signature", "server auth"] };
const USER = { request: btoa(EVERY_NAME_REQUEST), signerName: "kubernetes.io/kube-apiserver-client" };
const OLD = { ...USER, signerName: "kubernetes.io/legacy-unknown", usages: ["cert sign"] };
const named = (names: string): object => ({ request: btoa(names) });

const SIGNED: readonly [rule: string, spec: object, name: string, life: number][] = [
  ["a kubelet's client certificate for a year", {}, "system:node:n1", YEAR - BACKDATE],
  ["for a shorter time where asked for", { expirationSeconds: 9 * 3600 }, "system:node:n1", 9 * HOUR - BACKDATE],
  ["for a very short one, from now on", { expirationSeconds: 3600 }, "system:node:n1", HOUR],
  ["not for less than ten minutes", { expirationSeconds: 60 }, "system:node:n1", 600_000],
  ["not for a longer time", { expirationSeconds: 400 * 24 * 3600 }, "system:node:n1", YEAR - BACKDATE],
  ["with the usage of RSA keys", { usages: ["key encipherment", ...CLIENT] }, "system:node:n1", YEAR - BACKDATE],
  ["a node's server", SERVING, "system:node:n1", YEAR - BACKDATE],
  ["a user whoever he is", USER, "jane", YEAR - BACKDATE],
  ["a user for his one usage", { ...USER, usages: ["client auth"] }, "jane", YEAR - BACKDATE],
  ["anything of old", OLD, "jane", YEAR - BACKDATE],
];
for (const [rule, spec, name, life] of SIGNED) {
  test(`signed is ${rule}`, () => {
    const by = authority();
    const object = request(spec, "Approved");
    const { writes } = signer.decide({ object, now: NOW }, by);
    const { usages } = object.spec;
    assert.deepEqual(by.signed, [{ name, usages, notBefore: NOW - BACKDATE, notAfter: NOW + life }]);
    const [write] = writes as unknown as { object: CertificateSigningRequest; subresource: string }[];
    assert.deepEqual([write?.object.status.certificate, write?.subresource], [btoa("CERT"), "status"]);
  });
}

const REFUSED: readonly [spec: object, message: string][] = [
  [named(MASTERS_REQUEST), "subject organization is not system:nodes"],
  [named(EVERY_NAME_REQUEST), "subject organization is not system:nodes"],
  [OWN, "DNS subjectAltNames are not allowed"],
  [{ usages: ["client auth"] }, "usages did not match [client auth digital signature key encipherment]"],
  [{ usages: [...CLIENT, "server auth"] }, "usages did not match [client auth digital signature key encipherment]"],
  [{ ...SERVING, ...named(NODE_REQUEST) }, "DNS or IP subjectAltName is required"],
  [{ ...SERVING, usages: CLIENT }, "usages did not match [digital signature key encipherment server auth]"],
  [{ ...USER, usages: [...CLIENT, "cert sign"] }, "invalid usage for client certificate: cert sign"],
  [{ ...USER, usages: ["digital signature"] }, "missing required usage for client certificate: client auth"],
];
for (const [spec, message] of REFUSED) {
  test(`not signed: ${message}`, () => {
    const by = authority();
    const { writes } = signer.decide({ object: request(spec, "Approved"), now: NOW }, by);
    const [write] = writes as unknown as { object: CertificateSigningRequest; subresource: string }[];
    const failure = write?.object.status.conditions?.find(({ type }) => type === "Failed");
    assert.deepEqual([failure?.reason, failure?.message], ["SignerValidationFailure", message]);
    assert.deepEqual([by.signed, write?.subresource], [[], "status"]);
  });
}

for (const [rule, object] of [
  ["what waits for its approval", request({})],
  ["what failed", request({}, "Approved", "Failed")],
  ["what was denied", request({}, "Approved", "Denied")],
  ["another's signer", request({ signerName: "example.com/signer" }, "Approved")],
] as const) {
  test(`left alone is ${rule}`, () => {
    const by = authority();
    assert.deepEqual([signer.decide({ object, now: NOW }, by), by.signed], [{ writes: [] }, []]);
  });
}

test("what cannot be read is tried again", () => {
  const object = request({ request: btoa("x") }, "Approved");
  assert.throws(() => signer.decide({ object, now: NOW }, authority()), {
    message: 'unable to parse csr "csr-1": PEM block type must be CERTIFICATE REQUEST',
  });
});

for (const { rule, username, allowed = [], spec = {}, conditions = [], message, refused } of [
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
    spec: named(MASTERS_REQUEST),
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
    const cache = { get: () => request({ username, ...spec }, ...conditions) };
    const controller = csrApprover as unknown as {
      reconcile(key: object, context: object): Promise<void>;
    };
    const done = controller.reconcile({ name: "csr-1" }, { cache, client, now: NOW });
    await (refused === undefined ? done : assert.rejects(done, { message: refused }));
    const [write] = updated;
    assert.equal(write?.object.status.conditions?.find(({ type }) => type === "Approved")?.message, message);
    if (write !== undefined) assert.equal(write.subresource, "approval");
  });
}

const end = (yymmdd: string): string =>
  btoa(
    pem(
      "CERTIFICATE",
      certificateOf({ validity: sequence(der(0x17, "250101000000Z"), der(0x17, `${yymmdd}000000Z`)) }),
    ),
  );

for (const [rule, conditions, certificate, after] of [
  ["a day after it was made where nobody decided", [], undefined, DAY],
  ["an hour after it was denied", ["Denied"], undefined, HOUR],
  ["an hour after it failed", ["Approved", "Failed"], undefined, HOUR],
  ["an hour after it was approved and issued", ["Approved"], end("300101"), HOUR],
  ["at once when what was issued is over", ["Approved"], end("260101"), -DAY + 1],
] as const) {
  test(`a request goes ${rule}`, () => {
    const made = request({}, ...conditions);
    const object = { ...made, status: { ...made.status, certificate } };
    const at = NOW + after;
    assert.deepEqual(cleaner.decide({ object, now: at - 1 }), { writes: [], recheckAt: at });
    assert.deepEqual(
      cleaner.decide({ object, now: at }).writes.map(({ verb }) => verb),
      ["delete"],
    );
  });
}

test("a request that was approved waits for its certificate", () => {
  assert.deepEqual(cleaner.decide({ object: request({}, "Approved"), now: NOW + YEAR }), { writes: [] });
});
