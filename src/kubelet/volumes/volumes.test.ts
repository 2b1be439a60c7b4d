import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../api/core/index.ts";
import { VirtualClock } from "../../machinery/testing/virtual-clock.ts";
import { FakeApi } from "../testing/fake-api.ts";
import { podOf } from "../testing/node.ts";
import { volumeFiles } from "./content.ts";
import type { ContentSources } from "./content.ts";
import { hostPathProblem } from "./host-path.ts";
import { Tokens } from "./tokens.ts";

const pod = (spec: object = {}): Pod => {
  const made = podOf("web", spec) as Pod;
  return { ...made, metadata: { ...made.metadata, uid: "u1", labels: { b: "2", a: '1"' } } };
};

const sources: ContentSources = {
  objects: {
    configMap: async (_, name) =>
      name === "cm" ? ({ data: { a: "A", b: "B" }, binaryData: { c: btoa("C") } } as never) : undefined,
    secret: async (_, name) => (name === "s" ? ({ data: { p: btoa("pass") } } as never) : undefined),
    hold: () => () => {},
  },
  tokens: { token: async () => "jwt" },
  node: { allocatable: {} },
  podIPs: [],
  hostIPs: [],
};

/** `path=content(mode)`. */
async function files(volume: object, spec: object = {}): Promise<string[]> {
  const made = await volumeFiles(pod(spec), { name: "v", ...volume } as never, sources);
  return [...made!].map(
    ([path, { bytes, mode, uid }]) =>
      `${path}=${new TextDecoder().decode(bytes)}(${mode.toString(8)}${uid === undefined ? "" : ` ${uid}`})`,
  );
}

const token = { projected: { sources: [{ serviceAccountToken: { path: "token" } }] } };

for (const { rule, volume, spec, want } of [
  {
    rule: "a config map gives all its keys",
    volume: { configMap: { name: "cm" } },
    want: ["a=A(644)", "b=B(644)", "c=C(644)"],
  },
  {
    rule: "or those that are named, where they are named",
    volume: { configMap: { name: "cm", items: [{ key: "a", path: "x/y", mode: 0o400 }] } },
    want: ["x/y=A(400)"],
  },
  {
    rule: "an optional one that is missing gives nothing",
    volume: { configMap: { name: "none", optional: true } },
    want: [],
  },
  {
    rule: "a secret is decoded and has its mode",
    volume: { secret: { secretName: "s", defaultMode: 0o600 } },
    want: ["p=pass(600)"],
  },
  {
    rule: "the pod shows itself, labels in order and quoted",
    volume: { downwardAPI: { items: [{ path: "l", fieldRef: { fieldPath: "metadata.labels" } }] } },
    want: ['l=a="1\\""\nb="2"(644)'],
  },
  {
    rule: "a projected volume joins its sources",
    volume: {
      projected: {
        defaultMode: 0o444,
        sources: [{ configMap: { name: "cm", items: [{ key: "a", path: "a" }] } }, { secret: { name: "s" } }],
      },
    },
    want: ["a=A(444)", "p=pass(444)"],
  },
  {
    rule: "a token is the pod's user's alone",
    volume: token,
    spec: { securityContext: { runAsUser: 7 } },
    want: ["token=jwt(600 7)"],
  },
  { rule: "a token is for all where nobody knows the user", volume: token, want: ["token=jwt(644)"] },
  {
    rule: "a token is its group's where the volume has one",
    volume: token,
    spec: { securityContext: { fsGroup: 5 } },
    want: ["token=jwt(600)"],
  },
]) {
  test(rule, async () => assert.deepEqual(await files(volume, spec), want));
}

for (const { rule, volume, message } of [
  {
    rule: "a missing config map is named",
    volume: { configMap: { name: "none" } },
    message: 'configmap "none" not found',
  },
  {
    rule: "a missing key is named",
    volume: { secret: { secretName: "s", items: [{ key: "q", path: "q" }] } },
    message: "references non-existent secret key: q",
  },
]) {
  test(rule, async () => {
    await assert.rejects(files(volume), { message });
  });
}

for (const { type, kind, want } of [
  { type: "Directory", kind: undefined, want: "hostPath type check failed: /x is not a directory" },
  { type: "File", kind: "directory" as const, want: "hostPath type check failed: /x is not a file" },
  { type: "Socket", kind: "socket" as const, want: undefined },
  { type: "", kind: undefined, want: undefined },
]) {
  test(`a hostPath of type "${type}" with ${kind ?? "nothing"} there`, () =>
    assert.equal(hostPathProblem("/x", type, kind), want));
}

test("a token is asked for once, and anew after four fifths of its life", async () => {
  const clock = new VirtualClock();
  const api = new FakeApi(clock);
  const tokens = new Tokens(api.client, clock);
  const projection = { path: "token", expirationSeconds: 3600 } as never;
  const first = await tokens.token(pod(), projection);
  await clock.advance(2879_000);
  assert.equal(await tokens.token(pod(), projection), first);
  await clock.advance(2000);
  assert.ok((tokens.refreshAt("u1") ?? Infinity) <= clock.now());
  assert.notEqual(await tokens.token(pod(), projection), first);
  const asked = api.requests[0]?.body as { spec: { boundObjectRef: unknown; expirationSeconds: number } };
  assert.deepEqual(asked.spec.boundObjectRef, { apiVersion: "v1", kind: "Pod", name: "web", uid: "u1" });
  tokens.forget("u1");
  assert.equal(tokens.refreshAt("u1"), undefined);
});
