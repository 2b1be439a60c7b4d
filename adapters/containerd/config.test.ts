import assert from "node:assert/strict";
import { test } from "node:test";
import { containerdConfig, placesIn, registryHosts, socketFolder } from "./config.ts";
import { socketPath } from "./grpc.ts";

test("everything lies in the directory, the socket too where its path is short enough", () => {
  const places = placesIn("/var/lib/tiphys/containerd");
  for (const place of Object.values(places)) assert.ok(place.startsWith("/var/lib/tiphys/containerd/"), place);
  assert.equal(socketFolder("/var/lib/tiphys/containerd"), undefined);
});

test("a directory too deep for a socket has it below /run, each its own", () => {
  const [one, other] = ["a", "b"].map((name) => `/${"deep/".repeat(20)}${name}`) as [string, string];
  const [first, second] = [placesIn(one).socket, placesIn(other).socket];
  assert.match(first, /^\/run\/tiphys\/[0-9a-f]{12}\/containerd\.sock$/);
  assert.notEqual(first, second);
  assert.ok(first.startsWith(socketFolder(one)!));
});

test("the configuration names our places and no other", () => {
  const text = containerdConfig({
    places: placesIn('/data/with "quotes"'),
    sandboxImage: "localhost/pause:1",
    snapshotter: "native",
    cniConfFolder: "/data/cni",
    cniPluginFolder: "/usr/lib/cni",
    systemdCgroup: true,
    restrictOomScore: true,
  });
  assert.match(text, /^root = "\/data\/with \\"quotes\\"\/root"$/m);
  assert.match(text, /^ {2}restrict_oom_score_adj = true$/m);
  assert.match(text, /^ {8}SystemdCgroup = true$/m);
  assert.doesNotMatch(text, /\/run\/containerd|\/var\/lib\/containerd|\/etc\/cni/);
});

test("a registry's own place is written as containerd reads it", () => {
  assert.equal(
    registryHosts({ host: "r.example.org", endpoint: "https://10.0.0.1:5000", skipVerify: true }),
    'server = "https://10.0.0.1:5000"\n\n[host."https://10.0.0.1:5000"]\n  capabilities = ["pull", "resolve"]\n  skip_verify = true\n',
  );
});

for (const [endpoint, expected] of [
  ["/run/containerd/containerd.sock", "/run/containerd/containerd.sock"],
  ["unix:///run/containerd/containerd.sock", "/run/containerd/containerd.sock"],
  ["unix:/run/containerd/containerd.sock", "/run/containerd/containerd.sock"],
] as const) {
  test(`${endpoint} is a socket`, () => assert.equal(socketPath(endpoint), expected));
}

for (const endpoint of ["tcp://127.0.0.1:1", "containerd.sock", "npipe:////./pipe/containerd"]) {
  test(`${endpoint} is refused with what to give instead`, () =>
    assert.throws(() => socketPath(endpoint), /is no unix socket: give a path such as unix:\/\/\/run/));
}
