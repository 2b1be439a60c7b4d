/** Images: built here, imported from archives of every form, pulled from a registry with and without a secret. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, suite, test } from "node:test";
import { gzipSync } from "node:zlib";
import { buildImage } from "../../adapters/containerd/build-image.ts";
import { importImages } from "../../adapters/containerd/images.ts";
import { PAUSE_IMAGE } from "../../adapters/containerd/config.ts";
import { writeTar } from "../../adapters/containerd/tar.ts";
import type { TarFile } from "../../adapters/containerd/tar.ts";
import type { RuntimeError } from "../../src/kubelet/runtime.ts";
import { HUNG } from "../hung.ts";
import { busyboxImage, openTestNode, whyNoContainers } from "./test-node.ts";
import type { TestNode } from "./test-node.ts";
import { filesOf, openTestRegistry } from "./test-registry.ts";
import type { TestRegistry } from "./test-registry.ts";

/** As `docker save` writes it: a layer with one file, under the names it was asked for. */
function dockerSave(tags: readonly string[]): TarFile[] {
  const layer = writeTar([{ path: "hello", bytes: Buffer.from(tags.join()), mode: 0o644 }]);
  const hash = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
  const config = Buffer.from(
    JSON.stringify({
      architecture: "amd64",
      os: "linux",
      config: { User: "1000" },
      rootfs: { type: "layers", diff_ids: [`sha256:${hash(layer)}`] },
    }),
  );
  const name = `${hash(config)}.json`;
  const manifest = [{ Config: name, RepoTags: tags, Layers: ["layer/layer.tar"] }];
  return [
    { path: "layer" },
    { path: "layer/layer.tar", bytes: layer },
    { path: name, bytes: config },
    { path: "manifest.json", bytes: Buffer.from(JSON.stringify(manifest)) },
  ];
}

const problem = await whyNoContainers();
suite("images of real containers", { skip: problem, timeout: HUNG }, () => {
  let node: TestNode;
  let open: TestRegistry;
  let secret: TestRegistry;
  const small = buildImage({
    name: "app:1",
    files: [{ path: "hello", bytes: Buffer.from("hello") }],
    entrypoint: ["/hello"],
  });
  before(async () => {
    open = await openTestRegistry(small);
    secret = await openTestRegistry(small, "sailor:oar");
    const endpoint = `http://127.0.0.1:${secret.port}`;
    node = await openTestNode({ registries: [{ host: "harbour.test", endpoint }] });
  });
  after(async () => {
    await open?.[Symbol.asyncDispose]();
    await secret?.[Symbol.asyncDispose]();
    await node?.[Symbol.asyncDispose]();
  });

  test("the same recipe gives the same bytes", async () => {
    assert.deepEqual(await busyboxImage(), await busyboxImage());
  });

  test("an imported image runs with the environment and the user it was built with", async () => {
    const archive = await busyboxImage("localhost/user:1");
    await importImages(node.daemon.endpoint, archive);
    const box = await node.run("env", ["sh", "-c", "echo $IMAGE; sleep 3600"], {
      image: { image: "localhost/user:1" },
    });
    const { stdout } = await node.runtime.execSync(box.container, ["env"], 5);
    assert.match(Buffer.from(stdout).toString(), /^IMAGE=busybox$/m);
  });

  const archive = dockerSave(["saved:1", "example.org/team/saved:2"]);
  const forms: [string, (path: string) => Promise<void>][] = [
    ["a tar file", (path) => writeFile(path, writeTar(archive))],
    ["a gzipped tar file", (path) => writeFile(path, gzipSync(writeTar(archive)))],
    [
      "a folder",
      async (path) => {
        for (const file of archive) {
          if (!file.bytes) continue;
          await mkdir(dirname(join(path, file.path)), { recursive: true });
          await writeFile(join(path, file.path), file.bytes);
        }
      },
    ],
  ];
  for (const [form, write] of forms) {
    test(`what docker saved is imported under all its names from ${form}`, async () => {
      const path = join(node.directory, "saved");
      await rm(path, { recursive: true, force: true });
      await write(path);
      const imported = await importImages(node.daemon.endpoint, path);
      const names = ["docker.io/library/saved:1", "example.org/team/saved:2"];
      assert.deepEqual(
        imported.map(({ name }) => name),
        names,
      );
      const image = await node.runtime.imageStatus({ image: "saved:1" });
      assert.deepEqual(image?.repoTags.toSorted(), names);
      assert.equal(image?.uid, 1000);
      await node.runtime.removeImage({ image: image!.id });
      assert.equal(await node.runtime.imageStatus({ image: "saved:1" }), undefined);
    });
  }

  test("an OCI layout is imported from a folder, and again over itself", async () => {
    const path = join(node.directory, "layout");
    for (const [name, bytes] of filesOf(small)) {
      await mkdir(dirname(join(path, name)), { recursive: true });
      if (!name.endsWith("/")) await writeFile(join(path, name), bytes);
    }
    for (let i = 0; i < 2; i++) {
      const [image] = await importImages(node.daemon.endpoint, path);
      assert.equal(image?.name, "docker.io/library/app:1");
    }
    assert.ok((await node.runtime.listImages()).some(({ repoTags }) => repoTags.includes("docker.io/library/app:1")));
  });

  for (const [rule, bytes, message] of [
    ["text", Buffer.alloc(2048, "no archive "), /text is no image archive: it is no tar archive/],
    ["another archive", writeTar([{ path: "x", bytes: Buffer.from("y") }]), /neither index.json .* nor manifest.json/],
    [
      "an archive without its layer",
      writeTar(archive.filter(({ path }) => !path.startsWith("layer"))),
      /the layer layer\/layer.tar is missing/,
    ],
  ] as const) {
    test(`${rule} is refused with the reason`, async () => {
      const path = join(node.directory, "text");
      await writeFile(path, bytes);
      await assert.rejects(importImages(node.daemon.endpoint, path), message);
    });
  }

  test("an image without a name gets one or is refused", async () => {
    const path = join(node.directory, "nameless");
    await writeFile(path, writeTar(dockerSave([])));
    await assert.rejects(importImages(node.daemon.endpoint, path), /has no name: give it one/);
    const [image] = await importImages(node.daemon.endpoint, path, { name: "named" });
    assert.equal(image?.name, "docker.io/library/named:latest");
  });

  test("the pause image is there without any registry", async () => {
    const image = await node.runtime.imageStatus({ image: PAUSE_IMAGE });
    assert.ok(image && image.size < 10_000);
    assert.ok(image.pinned, "nobody collects it");
  });

  test("an image is pulled from a registry on this machine without TLS", async () => {
    const image = `localhost:${open.port}/app:1`;
    const reference = await node.runtime.pullImage({ image });
    const status = await node.runtime.imageStatus({ image });
    assert.ok(status?.id === reference || status?.repoDigests.includes(reference), reference);
    assert.match(status!.repoDigests[0]!, /^localhost:\d+\/app@sha256:/);
  });

  test("a registry that asks for a secret gets it, and only then gives the image", async () => {
    const image = { image: "harbour.test/app:1" };
    await assert.rejects(node.runtime.pullImage(image), (error: RuntimeError) => {
      assert.match(error.message, /401 Unauthorized|authorization failed|no basic auth credentials/);
      return true;
    });
    await node.runtime.pullImage(image, { auth: { username: "sailor", password: "oar" } });
    await node.runtime.removeImage(image);
    const auth = Buffer.from("sailor:oar").toString("base64");
    await node.runtime.pullImage(image, { auth: { auth } });
    assert.ok(await node.runtime.imageStatus(image));
  });

  test("a missing image is not found, with the registry's name in the text", async () => {
    const image = `localhost:${open.port}/app:2`;
    await assert.rejects(node.runtime.pullImage({ image }), (error: RuntimeError) => {
      assert.equal(error.code, "NotFound");
      assert.match(error.message, new RegExp(`failed to resolve reference "${image}"`));
      return true;
    });
  });

  test("the image store tells where it is and what it holds", async () => {
    const [filesystem] = await node.runtime.imageFsInfo();
    assert.ok(filesystem!.mountpoint.startsWith(node.options.directory));
    assert.ok(await readFile(join(node.options.directory, "config.toml")));
  });
});
