/**
 * Puts images from archives into containerd's store, where CRI finds them. CRI has no call for that; containerd's
 * content and image services do.
 */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServiceError } from "@grpc/grpc-js";
import type { Encodable } from "../../src/machinery/protobuf-wire.ts";
import type { Descriptor } from "./build-image.ts";
import { containerd } from "./containerd-messages.ts";
import type { ContainerdTables } from "./containerd-messages.ts";
import { CriRuntime } from "./cri.ts";
import { RuntimeError } from "../../src/kubelet/runtime.ts";
import { CRI_NAMESPACE } from "./events.ts";
import { GrpcConnection, hasCode, runtimeError } from "./grpc.ts";
import { openImageArchive } from "./image-archive.ts";
import type { Blob, ImageArchive } from "./image-archive.ts";

export interface ImportedImage {
  /** The normalized name, such as `docker.io/library/busybox:1`. */
  readonly name: string;
  readonly digest: string;
}

export interface ImportOptions {
  /** The name for an image that the archive gives none. */
  readonly name?: string;
  readonly signal?: AbortSignal;
}

/** How long containerd keeps the pieces of an import that was cut off. */
const LEASE_MS = 60 * 60_000;
/** How long CRI may take to notice a new image. */
const NOTICE_MS = 10_000;
const CALL_MS = 60_000;

/**
 * Imports every image of an archive: a tar file, gzipped or not, or a folder, an OCI layout or `docker save`'s form,
 * or such an archive's bytes. When it returns, containers can be made from the images. A name that is taken names
 * the new image afterwards.
 */
export async function importImages(
  endpoint: string,
  source: string | Uint8Array,
  options: ImportOptions = {},
): Promise<readonly ImportedImage[]> {
  if (typeof source !== "string") return importBytes(endpoint, source, options);
  await using archive = await openImageArchive(source);
  const images = archive.images.map(({ name, target }) => ({ name: nameOf(name, options.name, source), target }));
  const connection = new GrpcConnection(endpoint);
  using runtime = new CriRuntime(endpoint);
  try {
    await new Importer(connection, options.signal).run(archive, images);
    for (const { name } of images) await noticed(runtime, name, options.signal);
    return images.map(({ name, target }) => ({ name, digest: target.digest }));
  } finally {
    connection.close();
  }
}

async function importBytes(
  endpoint: string,
  archive: Uint8Array,
  options: ImportOptions,
): Promise<readonly ImportedImage[]> {
  const directory = await mkdtemp(join(tmpdir(), "tiphys-image-"));
  try {
    const path = join(directory, "image.tar");
    await writeFile(path, archive);
    return await importImages(endpoint, path, options);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function nameOf(name: string | undefined, fallback: string | undefined, path: string): string {
  // A bare tag is what `skopeo copy … oci:DIR:TAG` leaves; it names nothing by itself.
  const known = name && /[/:]/.test(name) ? name : (fallback ?? name);
  if (known) return normalizeImageName(known);
  throw new Error(`the image in ${path} has no name: give it one, such as --name localhost/app:1`);
}

/** The full name: with registry, folder and tag, as `docker pull` would complete it. */
export function normalizeImageName(name: string): string {
  const slash = name.indexOf("/");
  const first = slash < 0 ? "" : name.slice(0, slash);
  const hasRegistry = first === "localhost" || /[.:]/.test(first);
  const registry = hasRegistry ? first : "docker.io";
  const rest = hasRegistry ? name.slice(slash + 1) : name;
  const folder = registry === "docker.io" && !rest.includes("/") ? "library/" : "";
  const tag = /[@:]/.test(rest) ? "" : ":latest";
  return `${registry}/${folder}${rest}${tag}`;
}

class Importer {
  readonly #connection: GrpcConnection;
  readonly #signal: AbortSignal | undefined;
  /** Keeps the collector away from blobs that no image refers to yet. */
  readonly #lease = `tiphys-import-${randomUUID()}`;

  constructor(connection: GrpcConnection, signal: AbortSignal | undefined) {
    this.#connection = connection;
    this.#signal = signal;
  }

  async run(archive: ImageArchive, images: readonly { name: string; target: Descriptor }[]): Promise<void> {
    const expires = new Date(Date.now() + LEASE_MS).toISOString();
    const lease = { id: this.#lease, labels: { "containerd.io/gc.expire": expires } };
    await this.#call("leases.v1.Leases/Create", "CreateLeaseRequest", lease);
    try {
      for (const blob of archive.blobs) await this.#writeBlob(blob);
      for (const { name, target } of images) await this.#nameImage(name, target);
    } finally {
      await this.#call("leases.v1.Leases/Delete", "DeleteLeaseRequest", { id: this.#lease });
    }
  }

  async #nameImage(name: string, target: Descriptor): Promise<void> {
    const image = { name, target };
    try {
      await this.#call("images.v1.Images/Create", "ImageRequest", { image });
    } catch (error) {
      if (!hasCode(error, "AlreadyExists")) throw error;
      await this.#call("images.v1.Images/Update", "ImageRequest", { image });
    }
  }

  async #writeBlob(blob: Blob): Promise<void> {
    const labels = Object.fromEntries(
      Object.entries(blob.references).map(([what, digest]) => [`containerd.io/gc.ref.content.${what}`, digest]),
    );
    try {
      await this.#stream(blob, labels);
    } catch (error) {
      if (!hasCode(error, "AlreadyExists")) throw error;
      const paths = Object.keys(labels).map((label) => `labels.${label}`);
      if (paths.length === 0) return;
      const info = { digest: blob.descriptor.digest, labels };
      await this.#call("content.v1.Content/Update", "ContentUpdateRequest", { info, updateMask: { paths } });
    }
  }

  /** Writes piece by piece and commits; containerd checks size and digest. */
  async #stream(blob: Blob, labels: Readonly<Record<string, string>>): Promise<void> {
    const { digest, size } = blob.descriptor;
    const call = this.#connection.duplexStream(
      "/containerd.services.content.v1.Content/Write",
      containerd,
      ["WriteContentRequest", "WriteContentResponse"],
      { headers: this.#headers },
    );
    const finished = new Promise<void>((resolve, reject) => {
      call.on("data", ({ action }) => action === "COMMIT" && resolve());
      call.on("error", (error: ServiceError) => reject(runtimeError(error)));
      call.on("end", () => reject(new RuntimeError("Unavailable", `containerd did not take the blob ${digest}`)));
    });
    // Looked at below, also when it fails before that.
    finished.catch(() => {});
    const stop = (): void => call.cancel();
    this.#signal?.addEventListener("abort", stop, { once: true });
    const write = async (message: Encodable<ContainerdTables, "WriteContentRequest">): Promise<void> => {
      if (call.write(message)) return;
      await Promise.race([new Promise<void>((resolve) => call.once("drain", resolve)), finished]);
    };
    try {
      let offset = 0;
      await write({ action: "STAT", ref: `${this.#lease}-${digest}`, total: size, expected: digest });
      for await (const data of blob.chunks()) {
        await write({ action: "WRITE", offset, data });
        offset += data.length;
      }
      await write({ action: "COMMIT", offset, total: size, expected: digest, labels });
      await finished;
    } finally {
      this.#signal?.removeEventListener("abort", stop);
      call.cancel();
    }
  }

  async #call<I extends keyof ContainerdTables & string>(
    method: string,
    message: I,
    request: Encodable<ContainerdTables, I>,
  ): Promise<void> {
    const limits = { headers: this.#headers, milliseconds: CALL_MS, signal: this.#signal };
    const path = `/containerd.services.${method}`;
    await this.#connection.unary(path, containerd, [message, "Empty"], request, limits);
  }

  get #headers(): Readonly<Record<string, string>> {
    return { "containerd-namespace": CRI_NAMESPACE, "containerd-lease": this.#lease };
  }
}

/** CRI learns of images from containerd's events; before that, a container made from one would be refused. */
async function noticed(runtime: CriRuntime, name: string, signal: AbortSignal | undefined): Promise<void> {
  const until = performance.now() + NOTICE_MS;
  while (!(await runtime.imageStatus({ image: name }, signal))) {
    if (performance.now() > until) throw new Error(`containerd took ${name} but its CRI part does not show it`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
