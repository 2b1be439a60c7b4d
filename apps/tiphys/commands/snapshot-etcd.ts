/** `tiphys snapshot restore --datastore-endpoint`: a snapshot becomes the content of an etcd, marked as incomplete until it was compared. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { systemClock, systemRandom } from "../../../adapters/clock/system-clock.ts";
import { builtinKinds } from "../../../src/api/index.ts";
import { createScheme } from "../../../src/machinery/scheme.ts";
import { objectCodec } from "../../../src/server/encoding/json.ts";
import { timeToLive } from "../../../src/server/stages/store.ts";
import { openStore } from "../../../src/store/local-store.ts";
import { migrate } from "../../../src/store/migration/migrate.ts";
import { addCustomKinds, openClusterStore } from "../cluster-store.ts";
import { type Invocation, UserError } from "../command.ts";
import { componentLog } from "../component.ts";
import { dataDirectoryPath, openDataDirectory } from "../data-dir.ts";
import { accessOf, datastoreOf, encryptionOf } from "../datastore.ts";
import { type EtcdTarget, etcdTarget } from "../etcd-target.ts";
import { countText } from "../meter.ts";
import type { Contents } from "../snapshot-contents.ts";
import { assertFree, KeyFiles, putAside } from "../restore-place.ts";
import { restoreInto } from "../snapshot-restore.ts";
import { progress } from "./datastore.ts";
import type { restoreFlags } from "./state.commands.ts";

type Values = Invocation<typeof restoreFlags>["values"];

/** Each costs a write. */
const REVISION_GAP = 100_000;

export async function restoreIntoEtcd(path: string, contents: Contents, values: Values): Promise<number> {
  const { head, keys } = contents;
  // Keys are no business of etcd's: they go where the first control plane looks for them.
  const data = keys.length > 0 ? openDataDirectory(dataDirectoryPath(values["data-dir"])) : undefined;
  try {
    if (data) assertFree(data, [data.pki], values.force);
    const files = new KeyFiles(path);
    const { target, checksum } = await fill(path, contents, values, files);
    const aside = data && putAside(data, [data.pki]);
    if (data) files.write(data.pki);
    process.stdout.write(
      `${countText(head.objects)} objects of ${head.time} are in ${target.text}, compared with the snapshot: sha256 ${checksum}\n`,
    );
    if (aside !== undefined) process.stdout.write(`The keys that were there before are in ${aside}.\n`);
    const place = data?.path ?? dataDirectoryPath(values["data-dir"]);
    if (data === undefined && !existsSync(join(place, "pki", "ca.key"))) {
      process.stdout.write(
        "The snapshot has no keys: the cluster makes new ones, and its clients need a new kubeconfig.\n",
      );
    }
    process.stdout.write(`Next: tiphys up --data-dir ${place} --datastore-endpoint ${target.text}\n`);
    return 0;
  } finally {
    data?.release();
  }
}

async function fill(
  path: string,
  { head }: Contents,
  values: Values,
  files: KeyFiles,
): Promise<{ target: EtcdTarget; checksum: string }> {
  const log = await componentLog(values);
  const scheme = createScheme(builtinKinds);
  const encryption = await encryptionOf(values["encryption-provider-config"], log);
  const source = await openStore({ clock: systemClock, codec: objectCodec(scheme), keep: { revisions: 1 } });
  try {
    const ports = { clock: systemClock, random: systemRandom, log, encryption, compactEvery: 0 };
    const datastore = datastoreOf({ endpoints: values["datastore-endpoint"], ...accessOf(values) })!;
    const etcd = etcdTarget(datastore, values["etcd-prefix"], (place) =>
      openClusterStore({ ...ports, ...place }, scheme),
    );
    await etcd.assertNobodyServes(etcd.text);
    if (!values.force) await assertEmpty(etcd);
    await restoreInto(path, source, { objects: () => {}, key: (file) => files.add(file) });
    addCustomKinds(scheme, source);
    if (values.force) await etcd.empty();
    const newest = head.revision + (values["revision-gap"] || REVISION_GAP);
    const { checksum } = await migrate({
      source,
      target: { open: etcd.open, advance: (_, told) => etcd.advance(newest, told) },
      from: path,
      ttl: timeToLive,
      digest: (bytes) => createHash("sha256").update(bytes).digest(),
      told: progress(),
    });
    return { target: etcd, checksum };
  } finally {
    await source.close();
    encryption?.close();
  }
}

async function assertEmpty(etcd: EtcdTarget): Promise<void> {
  const store = await etcd.open();
  const there = store.snapshot().count("");
  await store.close();
  if (there === 0) return;
  throw new UserError(
    `${etcd.text} holds ${there} objects already: give an empty etcd or another --etcd-prefix, or --force to delete them`,
  );
}
