import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinKinds } from "../../api/index.ts";
import { createScheme } from "../../machinery/scheme.ts";
import { VirtualClock } from "../../machinery/testing/virtual-clock.ts";
import { CERTIFICATE_BYTES } from "../../machinery/x509/testing/certificates.ts";
import { pem } from "../../machinery/x509/testing/der.ts";
import { MASTERS_REQUEST, NODE_REQUEST } from "../../machinery/x509/testing/requests.ts";
import { openStore } from "../../store/local-store.ts";
import type { Attributes, Authorizer } from "../authorization/authorizer.ts";
import { objectCodec } from "../encoding/json.ts";
import { testServer } from "../testing/server.ts";
import type { TestServer } from "../testing/server.ts";
import { certificateApproval, certificateSigning, certificateSubjectRestriction } from "./certificates.ts";

const CSRS = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const MERGE = { "content-type": "application/merge-patch+json" };
const CLIENT = "kubernetes.io/kube-apiserver-client";
const APPROVED = { conditions: [{ type: "Approved", status: "True", reason: "r", message: "m" }] };
const CERTIFICATE = btoa(pem("CERTIFICATE", CERTIFICATE_BYTES));

interface Rig {
  readonly server: TestServer;
  /** What was asked of the authorizer about signers. */
  readonly asked: string[];
}

/** Whoever asks may do with signers what is in `rights`, `verb name` each. */
async function rig(rights: readonly string[]): Promise<Rig> {
  const asked: string[] = [];
  const authorizer: Authorizer = {
    authorize(attributes) {
      const { verb, resource, name, version } = attributes as Attributes & Record<string, string>;
      asked.push(`${verb} ${version} ${resource} ${name}`);
      return { verdict: rights.includes(`${verb} ${name}`) ? "allow" : "no opinion" };
    },
  };
  const store = await openStore({ clock: new VirtualClock(0), codec: objectCodec(createScheme(builtinKinds)) });
  const admission = [certificateApproval(authorizer), certificateSigning(authorizer), certificateSubjectRestriction];
  return { server: await testServer({ store, admission }), asked };
}

const request = (text: string, signerName = CLIENT): object => ({
  metadata: { name: "a" },
  spec: { request: btoa(text), signerName, usages: ["client auth"] },
});

for (const [rule, text, signer, says] of [
  ["a client that is no master", NODE_REQUEST, CLIENT, undefined],
  [
    "a client that would be one",
    MASTERS_REQUEST,
    CLIENT,
    `certificatesigningrequests.certificates.k8s.io "a" is forbidden: use of ${CLIENT} signer with system:masters group is not allowed`,
  ],
  ["another signer's masters are its own business", MASTERS_REQUEST, "example.com/s", undefined],
] as const) {
  test(`what may be asked for: ${rule}`, async () => {
    const { server } = await rig([]);
    const { status, json } = await server.send("POST", CSRS, request(text, signer));
    assert.deepEqual([status, json.message], [says === undefined ? 201 : 403, says]);
  });
}

const ASKED = (verb: string) => [`${verb} * signers ${CLIENT}`, `${verb} * signers kubernetes.io/*`];

for (const [rule, subresource, status, rights, asked, says] of [
  ["by the right to the signer", "approval", APPROVED, [`approve ${CLIENT}`], ASKED("approve").slice(0, 1), undefined],
  ["by the right to all of its domain", "approval", APPROVED, ["approve kubernetes.io/*"], ASKED("approve"), undefined],
  [
    "not by that to sign",
    "approval",
    APPROVED,
    [`sign ${CLIENT}`],
    ASKED("approve"),
    `user not permitted to approve requests with signerName "${CLIENT}"`,
  ],
  [
    "a certificate by its own right",
    "status",
    { certificate: CERTIFICATE },
    [`sign ${CLIENT}`],
    ASKED("sign").slice(0, 1),
    undefined,
  ],
  [
    "a certificate not without it",
    "status",
    { certificate: CERTIFICATE },
    [],
    ASKED("sign"),
    `user not permitted to sign requests with signerName "${CLIENT}"`,
  ],
  [
    "a condition not without it",
    "status",
    { conditions: [{ type: "Failed", status: "True" }] },
    [],
    ASKED("sign"),
    `user not permitted to sign requests with signerName "${CLIENT}"`,
  ],
  [
    "a condition by it",
    "status",
    { conditions: [{ type: "Failed", status: "True" }] },
    [`sign ${CLIENT}`],
    ASKED("sign").slice(0, 1),
    undefined,
  ],
  ["a status that says nothing new needs no right", "status", {}, [], [], undefined],
] as const) {
  test(`who decides: ${rule}`, async () => {
    const { server, asked: told } = await rig(rights);
    await server.send("POST", CSRS, request(NODE_REQUEST));
    const answer = await server.send("PATCH", `${CSRS}/a/${subresource}`, { status }, MERGE);
    const message = says && `certificatesigningrequests.certificates.k8s.io "a" is forbidden: ${says}`;
    assert.deepEqual([answer.status, answer.json.message], [says === undefined ? 200 : 403, message]);
    assert.deepEqual(told, asked);
  });
}

test("nobody says for another who asks for a certificate", async () => {
  const { server } = await rig([]);
  const { metadata, spec } = request(NODE_REQUEST) as { metadata: object; spec: object };
  const forged = { username: "z", uid: "z", groups: ["z"], extra: { a: ["z"] } };
  const { json } = await server.send("POST", CSRS, { metadata, spec: { ...spec, ...forged } });
  assert.deepEqual([json.spec.username === "z", json.spec.uid === "z", json.spec.extra], [false, false, undefined]);
});
