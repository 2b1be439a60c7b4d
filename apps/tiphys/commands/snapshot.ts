/** `tiphys snapshot save|restore|verify`: the whole state of a cluster in a file, and back. */
import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { answerOf } from "../../../src/client/answers.ts";
import { type Invocation, UserError } from "../command.ts";
import { type Connected, refusal, withCluster } from "../connect.ts";
import { type DataDirectory, dataDirectoryPath, openDataDirectory } from "../data-dir.ts";
import { openJournal } from "../edge.ts";
import { bytesText, countText, meterOn, percentText } from "../meter.ts";
import { contentsOf, contentsText, type Contents } from "../snapshot-contents.ts";
import { restoreJournal } from "../snapshot-restore.ts";
import { saveSnapshot } from "../snapshot-save.ts";
import { assertFree, KeyFiles, putAside } from "../restore-place.ts";
import { restoreIntoEtcd } from "./snapshot-etcd.ts";
import type { restoreFlags, saveFlags, verifyFlags } from "./state.commands.ts";

const PATH = "/tiphys/v1/snapshot";
/** Revisions in an embedded store cost nothing. */
const REVISION_GAP = 1_000_000_000;

export async function save({ values, args }: Invocation<typeof saveFlags>): Promise<number> {
  const path = fileOf(args, "save");
  if (existsSync(path) && !values.force)
    throw new UserError(`${path} exists: give another name, or --force to replace it`);
  const keys = values["include-keys"] ? keysOf(dataDirectoryPath(values["data-dir"])) : undefined;
  const meter = meterOn(process.stderr);
  const { head, bytes } = await withCluster("snapshot", values, (connected) =>
    saveSnapshot(
      path,
      () => linesFrom(connected, values.at),
      keys,
      (objects, { objects: all }, written) =>
        meter.at(() => `  … ${countText(objects)} of ${countText(all)} objects, ${bytesText(written)}`),
    ),
  ).finally(() => meter.end());
  process.stdout.write(
    `${path} holds ${countText(head.objects)} objects of revision ${head.revision} in ${bytesText(bytes)}.\n`,
  );
  process.stdout.write(
    keys === undefined
      ? "The cluster's keys are not in it (--include-keys); Secrets are: keep it where only you can read it.\n"
      : "All Secrets and the cluster's keys are in it: keep it where only you can read it.\n",
  );
  return 0;
}

async function linesFrom({ client, server }: Connected, at: string): Promise<AsyncIterable<Uint8Array>> {
  const query = at === "" ? "" : `at=${encodeURIComponent(at)}`;
  try {
    const response = await client.request({ method: "GET", path: PATH, query });
    const { body } = response;
    if (response.status === 200 && body.form === "stream") return body.chunks;
    await answerOf(response);
    throw new UserError(`the server at ${server.url} does not answer with a snapshot`);
  } catch (error) {
    throw refusal(error, server.url, "GET", PATH);
  }
}

function keysOf(dataDirectory: string): string {
  const folder = join(dataDirectory, "pki");
  if (existsSync(join(folder, "ca.key"))) return folder;
  throw new UserError(
    `there are no keys in ${folder}: name the cluster's --data-dir DIR, on the machine where it runs`,
  );
}

export async function verify({ values, args }: Invocation<typeof verifyFlags>): Promise<number> {
  const path = fileOf(args, "verify");
  const contents = await verified(path);
  process.stdout.write(
    values.output === "json"
      ? `${JSON.stringify({ file: path, ...contents }, undefined, 2)}\n`
      : contentsText(path, contents),
  );
  return 0;
}

async function verified(path: string): Promise<Contents> {
  const meter = meterOn(process.stderr);
  const contents = await contentsOf(path, (position, size) =>
    meter.at(() => `  … ${percentText(position, size)} read`),
  );
  meter.end();
  return contents;
}

export async function restore({ values, args }: Invocation<typeof restoreFlags>): Promise<number> {
  const path = fileOf(args, "restore");
  const gap = values["revision-gap"];
  if (gap < 0)
    throw new UserError(`--revision-gap ${gap}: revisions that were given are never given again; leave it out`);
  const contents = await verified(path);
  const { head, keys } = contents;
  if (values["datastore-endpoint"].length > 0) return restoreIntoEtcd(path, contents, values);
  const data = openDataDirectory(dataDirectoryPath(values["data-dir"]));
  try {
    const replaced = [data.journal, ...(keys.length > 0 ? [data.pki] : [])];
    assertFree(data, replaced, values.force);
    const aside = putAside(data, replaced);
    const revision = await fill(data, path, head.revision + (values["revision-gap"] || REVISION_GAP), head.objects);
    process.stdout.write(
      `${countText(head.objects)} objects of ${head.time} are in ${data.path}, at revision ${revision}.\n`,
    );
    if (aside !== undefined) process.stdout.write(`What was there before is in ${aside}.\n`);
    if (keys.length === 0 && !existsSync(join(data.pki, "ca.key"))) {
      process.stdout.write(
        "The snapshot has no keys: the cluster makes new ones, and its clients need a new kubeconfig.\n",
      );
    }
    process.stdout.write(`Start it with: tiphys up${values["data-dir"] ? ` --data-dir ${data.path}` : ""}\n`);
    return 0;
  } finally {
    data.release();
  }
}

/** The journal has its name only once it is complete. */
async function fill(data: DataDirectory, path: string, revision: number, all: number): Promise<number> {
  const unfinished = `${data.journal}.restoring`;
  rmSync(unfinished, { recursive: true, force: true });
  const keys = new KeyFiles(path);
  const meter = meterOn(process.stderr);
  const newest = await restoreJournal(path, await openJournal(unfinished), revision, {
    objects: (count) => meter.at(() => `  … ${countText(count)} of ${countText(all)} objects`),
    key: (file) => keys.add(file),
  });
  meter.end();
  keys.write(data.pki);
  renameSync(unfinished, data.journal);
  return newest;
}

function fileOf([file]: readonly string[], command: string): string {
  if (file !== undefined) return file;
  throw new UserError(`which file? Say "tiphys snapshot ${command} FILE"`);
}
