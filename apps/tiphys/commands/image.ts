/** `tiphys image`: what is in the cluster's containerd. */
import { CriRuntime } from "../../../adapters/containerd/cri.ts";
import { placesIn } from "../../../adapters/containerd/config.ts";
import { importImages } from "../../../adapters/containerd/images.ts";
import { type Invocation, UserError } from "../command.ts";
import { dataDirectoryPath, runningIn } from "../data-dir.ts";
import type { imageFlags, importFlags } from "./cluster.commands.ts";

export async function importImage({ values, args }: Invocation<typeof importFlags>): Promise<number> {
  if (args.length === 0) throw new UserError('which archive? "tiphys image import FILE", or - for standard input');
  const endpoint = endpointOf(values);
  for (const file of args) {
    const source = file === "-" ? await standardInput() : file;
    const images = await importImages(endpoint, source, { name: values.name || undefined });
    for (const { name, digest } of images) process.stdout.write(`${name} ${digest}\n`);
  }
  return 0;
}

export async function listImages({ values }: Invocation<typeof imageFlags>): Promise<number> {
  using runtime = new CriRuntime(endpointOf(values));
  const rows: string[][] = [["IMAGE", "ID", "SIZE"]];
  for (const { repoTags, repoDigests, id, size } of await runtime.listImages()) {
    const names = repoTags.length > 0 ? repoTags : repoDigests.length > 0 ? repoDigests : ["<none>"];
    for (const name of names) rows.push([name, id.replace(/^sha256:/, "").slice(0, 12), megabytes(size)]);
  }
  const [first = 0, second = 0] = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  for (const [name, id, size] of rows) process.stdout.write(`${name!.padEnd(first)}  ${id!.padEnd(second)}  ${size}\n`);
  return 0;
}

function endpointOf(values: Invocation<typeof imageFlags>["values"]): string {
  const given = values["container-runtime-endpoint"];
  if (given) return given;
  const path = dataDirectoryPath(values["data-dir"]);
  const running = runningIn(path);
  if (!running) throw new UserError(`no cluster runs in ${path}: start it with "tiphys up"`);
  if (running.runtime === "sim") {
    throw new UserError(
      "this cluster's containers are simulated: any image name works, and there is no store of images",
    );
  }
  return running.runtime === "containerd" ? placesIn(`${path}/containerd`).socket : running.runtime;
}

function megabytes(bytes: number | bigint | string): string {
  return `${(Number(bytes) / 1e6).toFixed(1)} MB`;
}

async function standardInput(): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
