import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { buildImage } from "./build-image.ts";
import { openImageArchive } from "./image-archive.ts";
import { normalizeImageName } from "./images.ts";
import { pauseProgram } from "./pause.ts";
import { readTarIndex, writeTar } from "./tar.ts";

async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "tiphys-archive-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

suite("image names", () => {
  for (const [name, expected] of [
    ["busybox", "docker.io/library/busybox:latest"],
    ["busybox:1", "docker.io/library/busybox:1"],
    ["team/app", "docker.io/team/app:latest"],
    ["localhost/app", "localhost/app:latest"],
    ["localhost:5000/app", "localhost:5000/app:latest"],
    ["registry.example.org/team/app:2", "registry.example.org/team/app:2"],
    ["docker.io/busybox:1", "docker.io/library/busybox:1"],
    [`app@sha256:${"0".repeat(64)}`, `docker.io/library/app@sha256:${"0".repeat(64)}`],
  ] as const) {
    test(`${name} is ${expected}`, () => assert.equal(normalizeImageName(name), expected));
  }
});

suite("tar archives", () => {
  const long = `${"folder/".repeat(20)}${"name".repeat(15)}`;
  const files = [
    { path: "folder" },
    { path: "folder/file", bytes: Buffer.from("hello"), mode: 0o600 },
    { path: "empty", bytes: Buffer.alloc(0) },
    { path: "link", link: "folder/file" },
    { path: long, bytes: Buffer.from("far down") },
  ];

  test("what is written is found again, through links too", () =>
    inFolder(async (folder) => {
      const path = join(folder, "a.tar");
      const bytes = writeTar(files);
      await writeFile(path, bytes);
      const file = await open(path);
      const index = await readTarIndex(file);
      await file.close();
      const text = (name: string): string => {
        const { offset, size } = index.get(name)!;
        return bytes.toString("utf8", offset, offset + size);
      };
      assert.deepEqual([...index.keys()].toSorted(), ["empty", "folder/file", long, "link"].toSorted());
      assert.deepEqual(
        [text("folder/file"), text("link"), text("empty"), text(long)],
        ["hello", "hello", "", "far down"],
      );
    }));

  for (const format of ["gnu", "posix", "ustar"]) {
    test(`tar's own ${format} format is read, and what is written can be unpacked by tar`, () =>
      inFolder(async (folder) => {
        const written = join(folder, "a.tar");
        await writeFile(written, writeTar(files));
        const unpacked = join(folder, "unpacked");
        execFileSync("sh", ["-c", `mkdir "${unpacked}" && tar -xf "${written}" -C "${unpacked}"`]);
        const again = join(folder, "b.tar");
        execFileSync("tar", [`--format=${format}`, "-cf", again, "-C", unpacked, "."]);
        const file = await open(again);
        const index = await readTarIndex(file);
        const { offset, size } = index.get(long)!;
        const { buffer } = await file.read(Buffer.alloc(size), 0, size, offset);
        await file.close();
        assert.equal(buffer.toString(), "far down");
        assert.ok(index.has("link"));
      }));
  }

  test("a path that no tar header can hold is refused", () => {
    assert.throws(() => writeTar([{ path: "x".repeat(101), bytes: Buffer.alloc(1) }]), /too long for a tar archive/);
  });
});

test("a built image names its blobs from the bottom up, with what they refer to", () =>
  inFolder(async (folder) => {
    const path = join(folder, "image.tar");
    await writeFile(path, buildImage({ name: "localhost/x:1", files: [{ path: "a/b", bytes: Buffer.from("c") }] }));
    await using archive = await openImageArchive(path);
    assert.equal(archive.images[0]?.name, "localhost/x:1");
    const references = archive.blobs.map((blob) => Object.keys(blob.references));
    assert.deepEqual(references, [[], [], ["config", "l.0"]]);
    for (const { descriptor, chunks } of archive.blobs) {
      let size = 0;
      for await (const piece of chunks()) size += piece.length;
      assert.equal(size, descriptor.size);
    }
  }));

test("the pause programs are static executables for their machines", () => {
  for (const [architecture, machine] of [
    ["amd64", 62],
    ["arm64", 183],
  ] as const) {
    const program = pauseProgram(architecture)!;
    assert.deepEqual([...program.subarray(0, 4)], [0x7f, 0x45, 0x4c, 0x46]);
    assert.equal(program.readUInt16LE(18), machine);
  }
  assert.equal(pauseProgram("riscv64"), undefined);
});
