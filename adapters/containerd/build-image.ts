/**
 * Makes container images without a builder or a registry: files in, an OCI archive out. One layer, uncompressed, the
 * same bytes for the same input.
 */
import { createHash } from "node:crypto";
import { arch } from "node:os";
import { writeTar } from "./tar.ts";
import type { TarFile } from "./tar.ts";

export interface ImageRecipe {
  /** The full name, such as `localhost/busybox:1`. */
  readonly name: string;
  /** What is in it; parent folders are made as needed. */
  readonly files: readonly TarFile[];
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly workingDir?: string;
  /** A name or a number, with `:group` or without. */
  readonly user?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly stopSignal?: string;
  /** Go's name; default: this machine's. */
  readonly architecture?: string;
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An OCI image layout as a tar archive, as `skopeo`, `ctr images import` and `tiphys image import` take it. */
export function buildImage(recipe: ImageRecipe): Buffer {
  const layer = writeTar(withParents(recipe.files));
  const config = json(configOf(recipe, digestOf(layer)));
  const manifest = json({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: describe("application/vnd.oci.image.config.v1+json", config),
    layers: [describe("application/vnd.oci.image.layer.v1.tar", layer)],
  });
  const target = {
    ...describe(OCI_MANIFEST, manifest),
    annotations: { "io.containerd.image.name": recipe.name, "org.opencontainers.image.ref.name": tagOf(recipe.name) },
  };
  return writeTar([
    { path: "blobs" },
    { path: "blobs/sha256" },
    ...[layer, config, manifest].map((bytes) => ({ path: blobPath(digestOf(bytes)), bytes })),
    { path: "index.json", bytes: json({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [target] }) },
    { path: "oci-layout", bytes: json({ imageLayoutVersion: "1.0.0" }) },
  ]);
}

export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";

function configOf(recipe: ImageRecipe, diffId: string): unknown {
  return {
    architecture: recipe.architecture ?? goArchitecture(),
    os: "linux",
    config: {
      ...(recipe.user && { User: recipe.user }),
      Env: Object.entries({ PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", ...recipe.env }).map(
        ([name, value]) => `${name}=${value}`,
      ),
      ...(recipe.entrypoint && { Entrypoint: recipe.entrypoint }),
      ...(recipe.command && { Cmd: recipe.command }),
      ...(recipe.workingDir && { WorkingDir: recipe.workingDir }),
      ...(recipe.labels && { Labels: recipe.labels }),
      ...(recipe.stopSignal && { StopSignal: recipe.stopSignal }),
    },
    rootfs: { type: "layers", diff_ids: [diffId] },
    history: [{ created: "1970-01-01T00:00:00Z", created_by: "tiphys" }],
  };
}

/** The files with every folder above them, each once and before what is in it. */
function withParents(files: readonly TarFile[]): TarFile[] {
  const given = new Set(files.map(({ path }) => path));
  const result: TarFile[] = [];
  const made = new Set<string>();
  for (const file of files) {
    const parts = file.path.split("/");
    for (let i = 1; i < parts.length; i++) {
      const parent = parts.slice(0, i).join("/");
      if (!given.has(parent) && !made.has(parent)) result.push({ path: parent });
      made.add(parent);
    }
    result.push(file);
  }
  return result;
}

export function goArchitecture(): string {
  const name = arch();
  return name === "x64" ? "amd64" : name;
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

export function blobPath(digest: string): string {
  return `blobs/${digest.replace(":", "/")}`;
}

export function describe(mediaType: string, bytes: Uint8Array): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

export function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function tagOf(name: string): string {
  return /:([\w.-]+)$/.exec(name)?.[1] ?? "latest";
}
