/**
 * Image archives as people have them: an OCI layout or what `docker save` writes, as a tar file (gzipped or not) or
 * as a folder. Both are read as OCI content: named descriptors over blobs with digests.
 */
import { createReadStream } from "node:fs";
import { mkdtemp, open, rm, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { createWriteStream } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { createHash } from "node:crypto";
import { OCI_INDEX, OCI_MANIFEST, blobPath, describe, json } from "./build-image.ts";
import type { Descriptor } from "./build-image.ts";
import { readTarIndex } from "./tar.ts";

const DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json";
const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
/** Blobs are passed on in pieces of this size. */
const PIECE = 1024 * 1024;

export interface NamedImage {
  /** As the archive says it: `busybox:1`, `docker.io/library/busybox:1`, or undefined where it has no name. */
  readonly name: string | undefined;
  readonly target: Descriptor;
}

/** A blob, and the digests that it refers to by what they are (`config`, `l.0`, `m.0`): the collector follows them. */
export interface Blob {
  readonly descriptor: Descriptor;
  readonly references: Readonly<Record<string, string>>;
  chunks(): AsyncIterable<Uint8Array>;
}

export interface ImageArchive extends AsyncDisposable {
  readonly images: readonly NamedImage[];
  /** Everything of the images that the archive holds, what is referred to before what refers to it. */
  readonly blobs: readonly Blob[];
}

/** Throws where `path` is neither; the text says which file it missed. */
export async function openImageArchive(path: string): Promise<ImageArchive> {
  const container = (await stat(path)).isDirectory() ? folder(path) : await tarFile(path);
  try {
    const contents =
      (await container.size("index.json")) === undefined ? await dockerArchive(container) : await ociLayout(container);
    return { ...contents, [Symbol.asyncDispose]: () => container.close() };
  } catch (error) {
    await container.close();
    throw new Error(`${path} is no image archive: ${(error as Error).message}`, { cause: error });
  }
}

/** Named bytes: the files of a folder or of a tar archive. */
interface Container {
  size(name: string): Promise<number | undefined>;
  chunks(name: string): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

function folder(path: string): Container {
  return {
    size: (name) =>
      stat(join(path, name)).then(
        (found) => (found.isFile() ? found.size : undefined),
        () => undefined,
      ),
    chunks: (name) => createReadStream(join(path, name), { highWaterMark: PIECE }),
    close: async () => {},
  };
}

async function tarFile(path: string): Promise<Container> {
  const { file, remove } = await openUnzipped(path);
  try {
    const entries = await readTarIndex(file);
    return {
      size: async (name) => entries.get(name)?.size,
      async *chunks(name) {
        const { offset, size } = entries.get(name)!;
        for (let at = 0; at < size; at += PIECE) {
          const piece = Buffer.alloc(Math.min(PIECE, size - at));
          await file.read(piece, 0, piece.length, offset + at);
          yield piece;
        }
      },
      async close() {
        await file.close();
        await remove();
      },
    };
  } catch (error) {
    await file.close();
    await remove();
    throw new Error(`${path} is no image archive: ${(error as Error).message}`, { cause: error });
  }
}

/** A gzipped archive is unzipped to a temporary file first, because its entries are read in another order. */
async function openUnzipped(path: string): Promise<{ file: FileHandle; remove: () => Promise<void> }> {
  const file = await open(path);
  const magic = Buffer.alloc(2);
  await file.read(magic, 0, 2, 0);
  if (magic.readUInt16BE() !== 0x1f8b) return { file, remove: async () => {} };
  await file.close();
  const directory = await mkdtemp(join(tmpdir(), "tiphys-image-"));
  const unzipped = join(directory, "image.tar");
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    await pipeline(createReadStream(path), createGunzip(), createWriteStream(unzipped));
    return { file: await open(unzipped), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

interface Contents {
  readonly images: readonly NamedImage[];
  readonly blobs: readonly Blob[];
}

interface Manifest {
  readonly manifests?: readonly Descriptor[];
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
}

async function ociLayout(container: Container): Promise<Contents> {
  const index = (await readJson(container, "index.json")) as Manifest;
  const blobs = new Map<string, Blob>();
  /** An index may name manifests of other platforms that the archive leaves out: they are passed over. */
  const visit = async (descriptor: Descriptor): Promise<boolean> => {
    const { digest, mediaType, size } = descriptor;
    if (blobs.has(digest)) return true;
    const path = blobPath(digest);
    if ((await container.size(path)) === undefined) return false;
    const references: Record<string, string> = {};
    if (isManifest(mediaType)) {
      const { manifests = [], config, layers = [] } = (await readJson(container, path)) as Manifest;
      for (const [i, child] of manifests.entries()) if (await visit(child)) references[`m.${i}`] = child.digest;
      if (config && !(await visit(config))) return false;
      if (config) references["config"] = config.digest;
      for (const [i, layer] of layers.entries()) {
        if (!(await visit(layer))) return false;
        references[`l.${i}`] = layer.digest;
      }
    }
    blobs.set(digest, {
      descriptor: { mediaType, digest, size },
      references,
      chunks: () => container.chunks(path),
    });
    return true;
  };
  const images: NamedImage[] = [];
  for (const target of index.manifests ?? []) {
    if (!(await visit(target))) throw new Error(`the blob ${target.digest} or one that it names is missing`);
    const { mediaType, digest, size, annotations = {} } = target;
    const name = annotations["io.containerd.image.name"] ?? annotations["org.opencontainers.image.ref.name"];
    images.push({ name, target: { mediaType, digest, size } });
  }
  return { images, blobs: [...blobs.values()] };
}

function isManifest(mediaType: string): boolean {
  return [OCI_INDEX, OCI_MANIFEST, DOCKER_INDEX, DOCKER_MANIFEST].includes(mediaType);
}

async function dockerArchive(container: Container): Promise<Contents> {
  if ((await container.size("manifest.json")) === undefined) {
    throw new Error("it has neither index.json (OCI) nor manifest.json (docker save)");
  }
  interface Saved {
    readonly Config: string;
    readonly RepoTags: readonly string[] | null;
    readonly Layers: readonly string[];
  }
  const images: NamedImage[] = [];
  const blobs = new Map<string, Blob>();
  const add = async (mediaType: string, path: string): Promise<Descriptor> => {
    const descriptor = await describeFile(container, mediaType, path);
    blobs.set(descriptor.digest, { descriptor, references: {}, chunks: () => container.chunks(path) });
    return descriptor;
  };
  for (const saved of (await readJson(container, "manifest.json")) as readonly Saved[]) {
    const config = await add("application/vnd.docker.container.image.v1+json", saved.Config);
    const layers: Descriptor[] = [];
    for (const path of saved.Layers) layers.push(await add(await layerType(container, path), path));
    const manifest = json({ schemaVersion: 2, mediaType: DOCKER_MANIFEST, config, layers });
    const target = describe(DOCKER_MANIFEST, manifest);
    const references = Object.fromEntries([
      ["config", config.digest],
      ...layers.map(({ digest }, i) => [`l.${i}`, digest]),
    ]) as Record<string, string>;
    blobs.set(target.digest, {
      descriptor: target,
      references,
      async *chunks() {
        yield manifest;
      },
    });
    for (const name of saved.RepoTags?.length ? saved.RepoTags : [undefined]) images.push({ name, target });
  }
  return { images, blobs: [...blobs.values()] };
}

async function describeFile(container: Container, mediaType: string, path: string): Promise<Descriptor> {
  const size = await container.size(path);
  if (size === undefined) throw new Error(`${path} is missing`);
  const hash = createHash("sha256");
  for await (const piece of container.chunks(path)) hash.update(piece);
  return { mediaType, digest: `sha256:${hash.digest("hex")}`, size };
}

async function layerType(container: Container, path: string): Promise<string> {
  if ((await container.size(path)) === undefined) throw new Error(`the layer ${path} is missing`);
  const plain = "application/vnd.docker.image.rootfs.diff.tar";
  for await (const piece of container.chunks(path)) {
    return piece[0] === 0x1f && piece[1] === 0x8b ? `${plain}.gzip` : plain;
  }
  return plain;
}

async function readJson(container: Container, path: string): Promise<unknown> {
  const parts: Uint8Array[] = [];
  for await (const piece of container.chunks(path)) parts.push(piece);
  return JSON.parse(Buffer.concat(parts).toString()) as unknown;
}
