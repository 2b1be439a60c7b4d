import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../api/core/index.ts";
import { VirtualClock } from "../../machinery/testing/virtual-clock.ts";
import type { Host } from "../host.ts";
import { members } from "../pod/spec.ts";
import { FakeApi } from "../testing/fake-api.ts";
import { container, podOf } from "../testing/node.ts";
import { containerMounts } from "./mounts.ts";
import { setUpVolumes } from "./volumes.ts";

/** A host whose volumes have all parts but those called `locked` and `link`. */
function hostWith(bound: string[]): Host {
  const refusing = (bad: string) => async (volume: string, subPath: string, target?: string) => {
    if (subPath === bad) throw new Error("/secret/path: no");
    if (target) bound.push(`${volume}/${subPath} ${target}`);
  };
  return { files: { makeSubPath: refusing("locked"), bindSubPath: refusing("link") } } as unknown as Host;
}

/** Where the one volume of a container is mounted from; for a part of it, what is mounted there. */
async function mountedFrom(mount: object): Promise<string> {
  const volumeMounts = [{ name: "v", mountPath: "/data", ...mount }];
  const pod = podOf("web", {
    containers: [container("web", { volumeMounts })],
    volumes: [{ name: "v", emptyDir: {} }],
  }) as Pod;
  const bound: string[] = [];
  const [first] = await containerMounts(pod, members(pod)[0]!, {
    paths: new Map([["v", "/volume"]]),
    env: new Map([["NAME", "web"]]),
    host: hostWith(bound),
    subPaths: "/pod/volume-subpaths",
    hostsFile: "/hosts",
    terminationLog: "/log",
  });
  const [source, target] = bound[0]?.split(" ") ?? [];
  assert.equal(first!.hostPath, target ?? "/volume");
  if (target) assert.equal(target, "/pod/volume-subpaths/v/web/0");
  return source ?? first!.hostPath;
}

for (const { rule, mount, from } of [
  { rule: "the whole volume", mount: {}, from: "/volume" },
  { rule: "a part of it", mount: { subPath: "a/b" }, from: "/volume/a/b" },
  { rule: "a part that is named by a variable", mount: { subPathExpr: "logs/$(NAME)" }, from: "/volume/logs/web" },
]) {
  test(`a mount shows ${rule}`, async () => assert.equal(await mountedFrom(mount), from));
}

for (const { mount, message } of [
  { mount: { subPath: "/etc" }, message: "error SubPath `/etc` must not be an absolute path" },
  { mount: { subPath: "a/../.." }, message: "unable to provision SubPath `a/../..`: must not contain '..'" },
  {
    mount: { subPath: "locked" },
    message: 'failed to create subPath directory for volumeMount "v" of container "web"',
  },
  { mount: { subPath: "link" }, message: 'failed to prepare subPath for volumeMount "v" of container "web"' },
  { mount: { subPathExpr: "$(A)/$(NAME)/$(B)" }, message: 'missing value for "A, B"' },
]) {
  test(`a part that cannot be shown is refused: ${message}`, () => assert.rejects(mountedFrom(mount), { message }));
}

for (const medium of ["", "Memory"]) {
  test(`an emptyDir gets its group once, not with each refresh: medium "${medium}"`, async () => {
    const made = new Set<string>();
    const groups: number[] = [];
    const make = async (path: string): Promise<boolean> => made.size < made.add(path).size;
    const files = {
      kindOf: async (path: string) => (made.has(path) ? "directory" : undefined),
      makeDirectory: make,
      mountTmpfs: make,
      setGroup: async (_: string, gid: number) => groups.push(gid),
    };
    const pod = podOf("web", {
      securityContext: { fsGroup: 7 },
      volumes: [{ name: "v", emptyDir: { medium } }],
    }) as Pod;
    const context = {
      host: { files } as unknown as Host,
      client: new FakeApi(new VirtualClock()).client,
      places: { root: "/k", logs: "/l" },
    };
    for (let turn = 0; turn < 2; turn++) await setUpVolumes(pod, {} as never, context);
    assert.deepEqual(groups, [7]);
  });
}
