import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { datastoreOf, keepDatastore, keptDatastore } from "./datastore.ts";

const NONE = { endpoints: ["http://10.0.0.1:2379"], ca: "", cert: "", key: "", username: "", passwordFile: "" };

for (const { rule, flags = {}, variables = {}, auth, problem } of [
  { rule: "nobody where nothing is said" },
  {
    rule: "a name, and the password in a file",
    flags: { username: "root", passwordFile: "FILE" },
    auth: { user: "root", password: "from file" },
  },
  {
    rule: "a name, and the password as etcdctl takes it",
    flags: { username: "root" },
    variables: { ETCDCTL_PASSWORD: "from variable" },
    auth: { user: "root", password: "from variable" },
  },
  {
    rule: "both as etcdctl takes them, the password with a colon",
    variables: { ETCDCTL_USER: "root:a:b" },
    auth: { user: "root", password: "a:b" },
  },
  {
    rule: "the flag wins over the variable",
    flags: { username: "a", passwordFile: "FILE" },
    variables: { ETCDCTL_USER: "root:x" },
    auth: { user: "a", password: "from file" },
  },
  { rule: "a name without a password", flags: { username: "root" }, problem: /has no password/ },
  { rule: "a password without a name", flags: { passwordFile: "FILE" }, problem: /name the user, too/ },
  { rule: "a certificate without its key", flags: { cert: "FILE" }, problem: /needs its key/ },
]) {
  test(`etcd's user: ${rule}`, (t) => {
    const file = join(temporary(t), "secret");
    writeFileSync(file, "from file\n");
    const given = Object.fromEntries(
      Object.entries(flags).map(([name, value]) => [name, value === "FILE" ? file : value]),
    );
    for (const name of ["ETCDCTL_USER", "ETCDCTL_PASSWORD"]) {
      const before = process.env[name];
      t.after(() => (before === undefined ? delete process.env[name] : (process.env[name] = before)));
      delete process.env[name];
    }
    Object.assign(process.env, variables);
    const read = () => datastoreOf({ ...NONE, ...given });
    if (problem) assert.throws(read, problem);
    else assert.deepEqual(read()?.auth, auth);
  });
}

test("what is kept is for its owner's eyes, and comes back as it was", (t) => {
  const file = join(temporary(t), "datastore.json");
  assert.equal(keptDatastore(file), undefined);
  const datastore = { endpoints: NONE.endpoints, tls: { ca: "PEM" }, auth: { user: "root", password: "x" } };
  keepDatastore(file, datastore);
  assert.deepEqual(keptDatastore(file), datastore);
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

function temporary(t: { after(end: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), "tiphys-datastore-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}
