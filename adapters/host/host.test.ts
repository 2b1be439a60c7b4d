import assert from "node:assert/strict";
import { existsSync, renameSync, symlinkSync } from "node:fs";
import {
  appendFile,
  chmod,
  lstat,
  mkdtemp,
  readFile,
  readdir,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { silent } from "../../src/machinery/log.ts";
import type { Host } from "../../src/kubelet/host.ts";
import { parseResolver } from "./facts.ts";
import { machineHost } from "./index.ts";
import { project } from "./project.ts";

async function folder(t: TestContext): Promise<{ root: string; host: Host }> {
  const root = await mkdtemp(join(tmpdir(), "host-"));
  const host = machineHost({ root, log: silent });
  t.after(async () => {
    await host.files.remove(root);
    await rm(root, { recursive: true, force: true });
  });
  return { root, host };
}

const text = (content: string, mode = 0o644): { bytes: Uint8Array; mode: number } => ({
  bytes: Buffer.from(content),
  mode,
});

test("projected files are read through ..data and change all at once", async (t) => {
  const { root } = await folder(t);
  assert.equal(
    await project(
      root,
      new Map([
        ["a", text("one")],
        ["dir/b", text("two", 0o400)],
      ]),
      undefined,
    ),
    true,
  );
  assert.equal(await readFile(join(root, "a"), "utf8"), "one");
  assert.equal(await readlink(join(root, "dir")), "..data/dir");
  assert.equal((await stat(join(root, "dir/b"))).mode & 0o777, 0o400);
  const first = await readlink(join(root, "..data"));

  assert.equal(
    await project(
      root,
      new Map([
        ["a", text("one")],
        ["dir/b", text("two", 0o400)],
      ]),
      undefined,
    ),
    false,
    "the same again writes nothing",
  );
  assert.equal(await readlink(join(root, "..data")), first);

  assert.equal(await project(root, new Map([["a", text("three")]]), undefined), true);
  assert.equal(await readFile(join(root, "a"), "utf8"), "three");
  await assert.rejects(lstat(join(root, "dir")), "a name that is gone is removed");
  await assert.rejects(lstat(join(root, first)), "the old files are removed");
});

test("projected files stay in their directory", async (t) => {
  const { root } = await folder(t);
  await assert.rejects(project(root, new Map([["../x", text("")]]), undefined), /leads out of/);
});

for (const [mode, rule] of [
  [0o600, "a mode that the umask leaves alone"],
  [0o666, "a mode that the umask would cut"],
] as const) {
  test(`files are made with their folders: ${rule}`, async (t) => {
    const { root, host } = await folder(t);
    const path = join(root, "a/b/file");
    await host.files.writeFile(path, Buffer.from("one"), mode);
    await host.files.writeFile(path, Buffer.from("2"), mode);
    assert.deepEqual([await readFile(path, "utf8"), (await stat(path)).mode & 0o777], ["2", mode]);
  });
}

test("a directory gets its mode, whether it is new or not", async (t) => {
  const { root, host } = await folder(t);
  for (const mode of [0o750, 0o777, 0o700]) {
    await host.files.makeDirectory(join(root, "a/b"), mode);
    assert.equal((await stat(join(root, "a/b"))).mode & 0o777, mode);
  }
});

test("a tree's use of the disk is what its files take; one that is not there takes none", async (t) => {
  const { root, host } = await folder(t);
  await host.files.writeFile(join(root, "a/b/file"), Buffer.alloc(100_000, 1), 0o600);
  await host.files.writeFile(join(root, "with a blank/file"), Buffer.alloc(50_000, 1), 0o600);
  const paths = ["a", "with a blank", "none"].map((name) => join(root, name));
  const used = await host.files.diskUse(paths);
  assert.deepEqual([...used.keys()], paths.slice(0, 2));
  for (const [path, bytes] of [
    ["a", 100_000],
    ["with a blank", 50_000],
  ] as const) {
    const took = used.get(join(root, path))!;
    assert.ok(took >= bytes && took < 2 * bytes, `${path}: ${took}`);
  }
  assert.equal((await host.files.diskUse([])).size, 0);
});

test("who puts a link in the place of a subPath just made has nothing changed outside the volume", async (t) => {
  const { root, host } = await folder(t);
  const [volume, outside] = [join(root, "volume"), join(root, "outside")];
  await host.files.makeDirectory(volume, 0o777);
  await host.files.makeDirectory(outside, 0o700);
  const path = join(volume, "a");
  let swapped = false;
  /** Waits for what the calls under way do, and is there before anybody hears of it. */
  const swap = (): void => {
    const until = performance.now() + 20;
    while (!swapped && performance.now() < until) {
      if (!existsSync(path)) continue;
      renameSync(path, `${path}-moved`);
      symlinkSync(outside, path);
      swapped = true;
    }
    if (!swapped) setImmediate(swap);
  };
  setImmediate(swap);
  await assert.rejects(host.files.makeSubPath(volume, "a"));
  assert.ok(swapped);
  assert.equal((await stat(outside)).mode & 0o777, 0o700);
});

test("a subPath is made inside the volume and never leads out of it", async (t) => {
  const { root, host } = await folder(t);
  await chmod(root, 0o777);
  await host.files.makeSubPath(root, "a/b");
  for (const made of ["a", "a/b"]) assert.equal((await stat(join(root, made))).mode & 0o777, 0o777);
  await symlink("/etc", join(root, "evil"));
  await assert.rejects(host.files.makeSubPath(root, "evil/new"), /leads out of/);
  await assert.rejects(host.files.bindSubPath(root, "evil", join(root, "target")), /out of the volume/);
});

test(
  "a part of a volume that is mounted stays the same thing whatever becomes of its name, and its content outlives the pod",
  { skip: process.getuid?.() !== 0 && "needs root" },
  async (t) => {
    const { root, host } = await folder(t);
    const link = join(root, "link");
    await symlink(root, link);
    const [volume, pod] = [join(root, "volume"), join(link, "pod")];
    await host.files.writeFile(join(volume, "part/file"), Buffer.from("first"), 0o600);
    const bind = async (subPath: string, index: number): Promise<string> => {
      const target = join(pod, `volume-subpaths/v/web/${index}`);
      await host.files.bindSubPath(volume, subPath, target);
      return target;
    };
    const targets = [await bind("part", 0), await bind("part/file", 1)];
    const seen = () => Promise.all([readFile(join(targets[0]!, "file"), "utf8"), readFile(targets[1]!, "utf8")]);
    await rename(join(volume, "part"), join(volume, "moved"));
    await symlink("/etc", join(volume, "part"));
    assert.deepEqual(await seen(), ["first", "first"]);
    await assert.rejects(bind("part", 0), /out of the volume/);

    await rm(join(volume, "part"));
    await host.files.writeFile(join(volume, "part/file"), Buffer.from("second"), 0o600);
    for (let again = 0; again < 2; again++) {
      await bind("part", 0);
      await bind("part/file", 1);
      assert.deepEqual(await seen(), ["second", "second"]);
    }
    const mounts = async () => (await readFile("/proc/self/mountinfo", "utf8")).split(`${root}/pod/`).length - 1;
    assert.equal(await mounts(), 2);
    await host.files.remove(pod);
    assert.deepEqual([await mounts(), await readFile(join(volume, "part/file"), "utf8")], [0, "second"]);
  },
);

test(
  "a volume in memory is on a tmpfs, and goes with its pod",
  { skip: process.getuid?.() !== 0 && "needs root" },
  async (t) => {
    const { root, host } = await folder(t);
    const pod = join(root, "pods/uid");
    const volume = join(pod, "volumes/kubernetes.io~projected/token");
    assert.equal(await host.files.mountTmpfs(volume, 0), true);
    assert.equal(await host.files.mountTmpfs(volume, 0), false);
    await host.files.writeFile(join(volume, "secret"), Buffer.from("x"), 0o600);
    const target = await readlink(volume);
    assert.notEqual((await stat(target)).dev, (await stat(root)).dev);
    await host.files.remove(pod);
    await assert.rejects(stat(target), /ENOENT/);
  },
);

test(
  "a volume in memory with a size is a mount of its own",
  { skip: process.getuid?.() !== 0 && "needs root" },
  async (t) => {
    const { root, host } = await folder(t);
    const volume = join(root, "pods/uid/volumes/kubernetes.io~empty-dir/cache");
    assert.equal(await host.files.mountTmpfs(volume, 1_048_576), true);
    assert.equal(await host.files.mountTmpfs(volume, 1_048_576), false);
    assert.match(await readFile("/proc/self/mountinfo", "utf8"), new RegExp(`${volume} .*tmpfs.*size=1024k`));
    await host.files.remove(join(root, "pods/uid"));
    assert.doesNotMatch(await readFile("/proc/self/mountinfo", "utf8"), new RegExp(volume));
  },
);

test("a group gets a volume with all that is in it", { skip: process.getuid?.() !== 0 && "needs root" }, async (t) => {
  const { root, host } = await folder(t);
  await writeFile(join(root, "f"), "");
  await chmod(join(root, "f"), 0o600);
  await host.files.setGroup(root, 2000);
  const [directory, file] = [await stat(root), await stat(join(root, "f"))];
  assert.deepEqual([directory.gid, file.gid, file.mode & 0o777, directory.mode & 0o2070], [2000, 2000, 0o660, 0o2070]);
});

test("a log tells when it grows and when another one takes its place", async (t) => {
  const { root, host } = await folder(t);
  const path = join(root, "0.log");
  assert.equal(await host.logs.open(path), undefined);
  await writeFile(path, "one\n");
  const log = (await host.logs.open(path))!;
  t.after(() => log.close());
  const signal = new AbortController().signal;
  assert.equal(await log.grown(0, signal), "grown");
  const waiting = log.grown(4, signal);
  await appendFile(path, "two\n");
  assert.equal(await waiting, "grown");
  assert.equal(Buffer.from(await log.read(4, 100)).toString(), "two\n");
  const replaced = log.grown(8, signal);
  await rename(path, `${path}.old`);
  await writeFile(path, "");
  assert.equal(await replaced, "replaced");
});

test("a log goes with all that was rotated away of it, and with nobody else's", async (t) => {
  const { root, host } = await folder(t);
  for (const name of ["0.log", "1.log"]) await writeFile(join(root, name), name);
  await host.logs.rotate(join(root, "0.log"), 4);
  await host.logs.rotate(join(root, "1.log"), 4);
  await host.logs.remove(join(root, "0.log"));
  assert.deepEqual(
    (await readdir(root)).map((name) => name.slice(0, 6)),
    ["1.log."],
  );
});

test("an HTTP probe follows redirects on its host and says why it fails", async (t) => {
  const { host } = await folder(t);
  const server = createServer((request, response) => {
    if (request.url === "/moved") response.writeHead(302, { location: "/ok" }).end();
    else if (request.url === "/slow") return;
    else response.writeHead(request.url === "/ok" ? 200 : 500).end(`${request.headers["user-agent"]}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const ask = (path: string, to = port): Promise<{ status: number; body: string }> =>
    host.network.http({
      scheme: "http",
      host: "127.0.0.1",
      port: to,
      path,
      headers: [{ name: "User-Agent", value: "probe" }],
      timeoutMilliseconds: 300,
    });
  assert.deepEqual(await ask("/moved"), { status: 200, body: "probe" });
  assert.equal((await ask("/broken")).status, 500);
  await assert.rejects(ask("/slow"), /^Error: Get "http:\/\/127.0.0.1:\d+\/slow": context deadline exceeded/);
  await assert.rejects(ask("/", 1), /dial tcp 127.0.0.1:1: connect: connection refused/);
  await host.network.tcp("127.0.0.1", port, 300);
  await assert.rejects(host.network.tcp("127.0.0.1", 1, 300), /connection refused/);
});

test("the machine says how large it is", async (t) => {
  const { host } = await folder(t);
  const [facts, usage] = await Promise.all([host.facts(), host.usage()]);
  assert.ok(facts.cpus > 0 && facts.memoryBytes > 2 ** 20 && facts.ephemeralStorageBytes > 0);
  assert.ok(facts.hostname && facts.addresses[0] && facts.kernelVersion);
  assert.ok(usage.memoryAvailableBytes > 0 && usage.disk.inodes >= usage.disk.inodesFree && usage.cpuNanoSeconds > 0);
});

test("a resolver's file is read as libc reads it: the last search line counts", () => {
  const file = "# x\nnameserver 10.0.0.1\nnameserver ::1\nsearch a.b\nsearch c.d e.f\noptions ndots:2 rotate\n";
  assert.deepEqual(parseResolver(file), {
    servers: ["10.0.0.1", "::1"],
    searches: ["c.d", "e.f"],
    options: ["ndots:2", "rotate"],
  });
});
