import assert from "node:assert/strict";
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { load } from "js-yaml";
import {
  connectionOf,
  type Kubeconfig,
  kubeconfigPaths,
  mergeEntry,
  type OwnEntry,
  pathToWrite,
  readKubeconfig,
  removeEntry,
} from "./index.ts";

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "tiphys-kubeconfig-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

const mine: OwnEntry = {
  name: "tiphys",
  owner: "/data/a",
  server: "https://127.0.0.1:6443",
  ca: "CA",
  cert: "C",
  key: "K",
};

const OTHER = `
apiVersion: v1
kind: Config
preferences: {colors: true}
current-context: work
clusters:
- name: work
  cluster: {server: "https://work:6443", certificate-authority: ca.crt, insecure-skip-tls-verify: false, extra: kept}
users:
- name: me
  user: {token: "0123", exec: {command: aws, args: ["eks"]}}
contexts:
- name: work
  context: {cluster: work, user: me, namespace: team}
x-unknown: [1, two]
`;

test("which files count", () => {
  for (const [explicit, variable, expected] of [
    ["/f", "/a:/b", ["/f"]],
    [undefined, "/a::/b:/a", ["/a", "/b"]],
    [undefined, "", ["/home/u/.kube/config"]],
    [undefined, undefined, ["/home/u/.kube/config"]],
  ] as const) {
    assert.deepEqual(kubeconfigPaths(explicit, { KUBECONFIG: variable, HOME: "/home/u" }), expected);
  }
});

test("of several files the first that names something wins, and relative files are relative to theirs", (t) => {
  const path = folder(t);
  mkdirSync(join(path, "sub"));
  writeFileSync(join(path, "sub", "a"), OTHER);
  writeFileSync(
    join(path, "b"),
    `current-context: other
clusters: [{name: work, cluster: {server: "https://wrong"}}, {name: two, cluster: {server: "https://two"}}]
contexts: [{name: other, context: {cluster: two}}]`,
  );
  const config = readKubeconfig([join(path, "missing"), join(path, "sub", "a"), join(path, "b")]);
  assert.equal(config["current-context"], "work");
  assert.deepEqual(
    config.clusters?.map(({ name, cluster }) => [name, cluster?.server]),
    [
      ["work", "https://work:6443"],
      ["two", "https://two"],
    ],
  );
  assert.equal(config.clusters?.[0]?.cluster?.["certificate-authority"], join(path, "sub", "ca.crt"));
  assert.equal(connectionOf(config, { context: "other" }).server.url, "https://two");
  assert.equal(pathToWrite([join(path, "missing"), join(path, "b")]), join(path, "b"));
  assert.equal(pathToWrite([join(path, "x"), join(path, "y")]), join(path, "x"));
});

test("a context gives server, credentials and namespace; inline data wins over files", (t) => {
  const path = folder(t);
  writeFileSync(join(path, "ca.crt"), "from file");
  writeFileSync(join(path, "key"), "key from file");
  const data = (text: string): string => Buffer.from(text).toString("base64");
  writeFileSync(
    join(path, "config"),
    `clusters: [{name: c, cluster: {server: "https://c", certificate-authority: ca.crt, tls-server-name: k}}]
users: [{name: u, user: {client-certificate: nowhere, client-certificate-data: ${data("inline")}, client-key: key}}]
contexts: [{name: x, context: {cluster: c, user: u, namespace: ns}}]
current-context: x`,
  );
  const { server, namespace, context } = connectionOf(readKubeconfig([join(path, "config")]));
  assert.deepEqual([context, namespace], ["x", "ns"]);
  assert.deepEqual(
    [server.url, server.ca, server.cert, server.key, server.serverName],
    ["https://c", "from file", "inline", "key from file", "k"],
  );
});

for (const [text, overrides, problem] of [
  ["", {}, /no configuration has been provided/],
  ["current-context: gone", {}, /the current context "gone" does not exist/],
  [OTHER, { context: "gone" }, /context "gone" does not exist/],
  [OTHER.replace("cluster: work, user", "cluster: gone, user"), {}, /cluster "gone" does not exist/],
  [OTHER.replace("user: me, namespace", "user: gone, namespace"), {}, /user "gone" does not exist/],
  [OTHER.replace('token: "0123", ', "").replace("certificate-authority: ca.crt, ", ""), {}, /from a program/],
  [OTHER, {}, /unable to read certificate-authority/],
  ["- a list", {}, /is not a kubeconfig/],
  ["a: [", {}, /is not valid YAML/],
] as const) {
  test(`an error says what is wrong: ${problem.source}`, (t) => {
    const path = join(folder(t), "config");
    writeFileSync(path, text);
    assert.throws(() => connectionOf(readKubeconfig([path]), overrides), problem);
  });
}

test("merging into nothing makes a file of our own, 0600, with our context current", async (t) => {
  const path = join(folder(t), "deep", "er", "config");
  assert.deepEqual(await mergeEntry(path, mine), { context: "tiphys", current: true });
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const { server } = connectionOf(readKubeconfig([path]));
  assert.deepEqual([server.url, server.ca, server.cert, server.key], [mine.server, "CA", "C", "K"]);
});

test("merging loses nothing that is there, and does not take over the current context", async (t) => {
  const path = join(folder(t), "config");
  writeFileSync(path, OTHER, { mode: 0o644 });
  assert.deepEqual(await mergeEntry(path, mine), { context: "tiphys", current: false });
  const before = load(OTHER) as Kubeconfig;
  const after = load(readFileSync(path, "utf8")) as Kubeconfig;
  for (const list of ["clusters", "users", "contexts"] as const) {
    assert.deepEqual(after[list]?.[0], before[list]?.[0]);
    assert.deepEqual(
      after[list]?.map(({ name }) => name),
      [before[list]![0]!.name, "tiphys"],
    );
  }
  assert.deepEqual([after["x-unknown"], after["preferences"]], [before["x-unknown"], before["preferences"]]);
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test("merging again replaces our entry and keeps a chosen namespace; the file settles", async (t) => {
  const path = join(folder(t), "config");
  await mergeEntry(path, mine);
  writeFileSync(path, readFileSync(path, "utf8").replace("user: tiphys\n", "user: tiphys\n      namespace: dev\n"));
  await mergeEntry(path, { ...mine, server: "https://127.0.0.1:7000" });
  const { server, namespace } = connectionOf(readKubeconfig([path]));
  assert.deepEqual([server.url, namespace], ["https://127.0.0.1:7000", "dev"]);
  const text = readFileSync(path, "utf8");
  await mergeEntry(path, { ...mine, server: "https://127.0.0.1:7000" });
  assert.equal(readFileSync(path, "utf8"), text);
});

test("a name that is somebody else's is left to him", async (t) => {
  const path = join(folder(t), "config");
  await mergeEntry(path, mine);
  assert.equal((await mergeEntry(path, { ...mine, owner: "/data/b" })).context, "tiphys-2");
  assert.equal((await mergeEntry(path, { ...mine, owner: "/data/c" })).context, "tiphys-3");
  assert.equal((await mergeEntry(path, mine)).context, "tiphys");
  const own = join(folder(t), "own");
  writeFileSync(own, `users: [{name: tiphys, user: {token: t}}]`);
  assert.equal((await mergeEntry(own, mine)).context, "tiphys-2");
});

test("removing takes only this cluster's entry", async (t) => {
  const path = join(folder(t), "config");
  writeFileSync(path, OTHER);
  await mergeEntry(path, mine);
  await mergeEntry(path, { ...mine, owner: "/data/b" });
  await removeEntry(path, "/data/a");
  const config = readKubeconfig([path]);
  assert.deepEqual(
    config.contexts?.map(({ name }) => name),
    ["work", "tiphys-2"],
  );
  assert.equal(config["current-context"], "work");
  await removeEntry(join(folder(t), "nothing"), "/data/a");
});

test("a link to the file stays a link; a held lock is waited for, then named", async (t) => {
  const path = folder(t);
  writeFileSync(join(path, "real"), OTHER);
  symlinkSync(join(path, "real"), join(path, "config"));
  await mergeEntry(join(path, "config"), mine);
  assert.ok(lstatSync(join(path, "config")).isSymbolicLink());
  assert.equal(readKubeconfig([join(path, "real")]).contexts?.length, 2);
  writeFileSync(join(path, "real.lock"), "");
  await assert.rejects(mergeEntry(join(path, "config"), mine), /remove .*real\.lock and try again/);
});
