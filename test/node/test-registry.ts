/** A registry on loopback for tests: it serves one image of one archive, to everybody or to who knows the secret. */
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface TestRegistry extends AsyncDisposable {
  readonly port: number;
}

/**
 * Serves what {@link buildImage} made as `app:1`. `secret`: `user:password`, asked for by basic authentication.
 */
export async function openTestRegistry(archive: Buffer, secret?: string): Promise<TestRegistry> {
  const server = await serveRegistry(filesOf(archive), secret);
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Just enough of the distribution API to pull from. */
async function serveRegistry(files: ReadonlyMap<string, Buffer>, secret?: string): Promise<Server> {
  const target = (JSON.parse(files.get("index.json")!.toString()) as { manifests: { digest: string }[] }).manifests[0]!;
  const server = createServer((request, response) => {
    const url = request.url ?? "";
    if (secret && request.headers.authorization !== `Basic ${Buffer.from(secret).toString("base64")}`) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="test"', "content-type": "application/json" });
      return response.end('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}');
    }
    if (url === "/v2/") return response.end("{}");
    const [, kind, reference] = /^\/v2\/app\/(manifests|blobs)\/([^?]+)/.exec(url) ?? [];
    const digest = kind === "manifests" && reference === "1" ? target.digest : (reference ?? "");
    const bytes = files.get(`blobs/${digest.replace(":", "/")}`);
    if (!bytes) {
      response.writeHead(404, { "content-type": "application/json" });
      return response.end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}');
    }
    response.writeHead(200, {
      "content-type": kind === "manifests" ? "application/vnd.oci.image.manifest.v1+json" : "application/octet-stream",
      "content-length": bytes.length,
      "docker-content-digest": digest,
    });
    return response.end(request.method === "HEAD" ? undefined : bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** What is in an archive that {@link buildImage} made. */
export function filesOf(archive: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (let at = 0; archive[at] !== 0;) {
    const name = archive.toString("utf8", at, archive.indexOf(0, at));
    const size = Number.parseInt(archive.toString("latin1", at + 124, at + 135), 8);
    files.set(name, archive.subarray(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}
