import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinKinds } from "../../../api/index.ts";
import { createScheme } from "../../../machinery/scheme.ts";
import { VirtualClock } from "../../../machinery/testing/virtual-clock.ts";
import { openStore } from "../../../store/local-store.ts";
import { objectCodec } from "../../encoding/json.ts";
import { testServer } from "../../testing/server.ts";
import type { TestServer } from "../../testing/server.ts";
import type { PodSecurityConfiguration } from "./configuration.ts";
import { readPodSecurityConfiguration } from "./configuration.ts";
import { podSecurity } from "./pod-security.ts";

const P = "pod-security.kubernetes.io/";
const PODS = "/api/v1/namespaces/ns/pods";
const MERGE = { "content-type": "application/merge-patch+json" };
const PLAIN = { containers: [{ name: "c", image: "i" }] };

async function namespace(
  labels: Readonly<Record<string, string>>,
  configuration?: PodSecurityConfiguration,
): Promise<TestServer> {
  const clock = new VirtualClock(0);
  const opened = await openStore({ clock, codec: objectCodec(createScheme(builtinKinds)) });
  const made = await testServer({ store: opened, admission: [podSecurity(opened, configuration)] });
  const { status, json } = await made.send("POST", "/api/v1/namespaces", { metadata: { name: "ns" } });
  assert.equal(status, 201, json.message);
  // As labels may be that are older than their checks.
  const { store } = made;
  const entry = store.head("/core/namespaces/ns")!;
  const object = { ...json, metadata: { ...json.metadata, labels } };
  await store.commit([{ key: entry.key, expected: entry.revision, object: () => object }], {});
  return made;
}

const NOTED: readonly [rule: string, labels: object, noted: object | undefined][] = [
  ["nothing where nothing is asked", {}, undefined],
  ["what is enforced", { [`${P}enforce`]: "baseline" }, { [`${P}enforce-policy`]: "baseline:latest" }],
  [
    "a version",
    { [`${P}enforce`]: "baseline", [`${P}enforce-version`]: "v1.30" },
    { [`${P}enforce-policy`]: "baseline:v1.30" },
  ],
  ["that nothing is enforced", { [`${P}warn`]: "baseline" }, { [`${P}enforce-policy`]: "privileged:latest" }],
  [
    "labels that cannot be read",
    { [`${P}audit`]: "strict" },
    {
      [`${P}error`]: `Failed to parse policy: metadata.labels[${P}audit]: Invalid value: "strict": must be one of privileged, baseline, restricted`,
      [`${P}enforce-policy`]: "privileged:latest",
    },
  ],
];
for (const [rule, labels, noted] of NOTED) {
  test(`of a pod is noted: ${rule}`, async () => {
    const { send, store } = await namespace(labels as Record<string, string>);
    const { status, json } = await send("POST", PODS, { metadata: { name: "a" }, spec: PLAIN });
    assert.equal(status, 201, json.message);
    assert.deepEqual(store.record(store.revision)?.audit, noted);
  });
}

test("a level that cannot be read is the strictest", async () => {
  const { send } = await namespace({ [`${P}enforce`]: "strict" });
  const { json } = await send("POST", PODS, { metadata: { name: "a" }, spec: PLAIN });
  assert.match(json.message, /violates PodSecurity "restricted:latest"/);
});

test("a pod is held to the rules of the version that is asked for", async () => {
  const labels = { enforce: "restricted", "enforce-version": "v1.7", "warn-version": "v1.21" };
  const { send } = await namespace(Object.fromEntries(Object.entries(labels).map(([key, value]) => [P + key, value])));
  const nonRoot = { securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } } };
  const refused = await send("POST", PODS, { metadata: { name: "a" }, spec: PLAIN });
  assert.equal(
    refused.json.message,
    'pods "a" is forbidden: violates PodSecurity "restricted:v1.7": runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true)',
  );
  const { status, headers } = await send("POST", PODS, { metadata: { name: "a" }, spec: { ...PLAIN, ...nonRoot } });
  assert.deepEqual(
    [status, headers["warning"]],
    [
      201,
      [
        String.raw`299 - "would violate PodSecurity \"restricted:v1.21\": allowPrivilegeEscalation != false (container \"c\" must set securityContext.allowPrivilegeEscalation=false)"`,
      ],
    ],
  );
});

test("an update is looked at again where it changes an image, and only then", async () => {
  const { send } = await namespace({});
  await send("POST", PODS, { metadata: { name: "a" }, spec: PLAIN });
  const labels = { [`${P}enforce`]: "restricted" };
  await send("PATCH", "/api/v1/namespaces/ns", { metadata: { labels } }, MERGE);
  const annotated = await send("PATCH", `${PODS}/a`, { metadata: { annotations: { k: "v" } } }, MERGE);
  assert.equal(annotated.status, 200, annotated.json.message);
  const spec = { containers: [{ ...PLAIN.containers[0], image: "other" }] };
  assert.equal(
    (await send("PUT", `${PODS}/a`, { ...annotated.json, spec: { ...annotated.json.spec, ...spec } })).status,
    403,
  );
});

const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "r", uid: "u", controller: true };
const BAD = { hostNetwork: true, ...PLAIN };

test("a stricter level tells of pods that do not meet it, by the names that come first", async () => {
  const { send } = await namespace({});
  await send("POST", PODS, { metadata: { name: "b", ownerReferences: [owner] }, spec: BAD });
  await send("POST", PODS, { metadata: { name: "a", ownerReferences: [owner] }, spec: BAD });
  await send("POST", PODS, { metadata: { name: "z" }, spec: { ...BAD, hostPID: true, hostNetwork: false } });
  await send("POST", PODS, {
    metadata: { name: "x" },
    spec: { containers: [{ ...PLAIN.containers[0], securityContext: { privileged: true } }] },
  });
  const patch = (level: string) =>
    send("PATCH", "/api/v1/namespaces/ns", { metadata: { labels: { [`${P}enforce`]: level } } }, MERGE);
  const { headers } = await patch("baseline");
  assert.deepEqual(headers["warning"], [
    String.raw`299 - "existing pods in namespace \"ns\" violate the new PodSecurity enforce level \"baseline:latest\""`,
    '299 - "a (and 2 other pods): host namespaces"',
    '299 - "x: privileged"',
  ]);
  assert.equal((await patch("privileged")).headers["warning"], undefined);
});

test("a level that is relaxed tells of nothing", async () => {
  const { send } = await namespace({ [`${P}enforce`]: "restricted" });
  const answer = await send(
    "PATCH",
    "/api/v1/namespaces/ns",
    { metadata: { labels: { [`${P}enforce`]: "baseline" } } },
    MERGE,
  );
  assert.deepEqual([answer.status, answer.headers["warning"]], [200, undefined]);
});

const configured = (exemptions: object): PodSecurityConfiguration =>
  readPodSecurityConfiguration({
    apiVersion: "pod-security.admission.config.k8s.io/v1",
    kind: "PodSecurityConfiguration",
    defaults: { enforce: "baseline", "enforce-version": "v1.30" },
    exemptions,
  });

const EXEMPT: readonly [rule: string, exemptions: object, noted: object | undefined][] = [
  ["nobody", { namespaces: ["other"], usernames: ["other"], runtimeClasses: ["other"] }, undefined],
  ["its namespace", { namespaces: ["ns"] }, { [`${P}exempt`]: "namespace" }],
  ["who makes it", { usernames: ["admin"] }, { [`${P}exempt`]: "user" }],
  ["what runs it", { runtimeClasses: ["kata"] }, { [`${P}exempt`]: "runtimeClass" }],
];
for (const [rule, exemptions, noted] of EXEMPT) {
  test(`where a namespace says nothing, the defaults hold; exempt is ${rule}`, async () => {
    const { send, store } = await namespace({}, configured(exemptions));
    const spec = { ...BAD, runtimeClassName: "kata" };
    const { status, json } = await send("POST", PODS, { metadata: { name: "a" }, spec });
    assert.equal(status, noted === undefined ? 403 : 201, json.message);
    if (noted === undefined) assert.match(json.message, /violates PodSecurity "baseline:v1.30": host namespaces/);
    else assert.deepEqual(store.record(store.revision)?.audit, noted);
  });
}

test("an exempt namespace is told that its labels are in vain", async () => {
  const { send } = await namespace({}, configured({ namespaces: ["ns", "new"] }));
  const labels = { [`${P}enforce`]: "restricted", [`${P}audit-version`]: "v1.20" };
  const text = (name: string, policy: string): string =>
    String.raw`299 - "namespace \"${name}\" is exempt from Pod Security, and the policy (${policy}) will be ignored"`;
  const made = await send("POST", "/api/v1/namespaces", { metadata: { name: "new", labels } });
  const changed = await send("PATCH", "/api/v1/namespaces/ns", { metadata: { labels } }, MERGE);
  const plain = await send("POST", "/api/v1/namespaces", { metadata: { name: "plain", labels: { a: "b" } } });
  const policy = "enforce=restricted:v1.30";
  assert.deepEqual(
    [made, changed, plain].map(({ headers }) => headers["warning"]),
    [[text("new", policy)], [text("ns", policy)], undefined],
  );
});
