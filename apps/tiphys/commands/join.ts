/**
 * `tiphys join`: makes this machine a control plane or a node of a cluster that runs elsewhere, with a token made there.
 *
 * The CA is known by its hash; the token goes only to a server with a certificate of that CA. It is taken from the environment
 * or a file, since other users see command lines.
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join as joinPath } from "node:path";
import { pinnedCa } from "../../../adapters/keys/pinned-ca.ts";
import { writePrivate } from "../../../adapters/keys/private-file.ts";
import { remoteDoor } from "../../../adapters/node-http/client.ts";
import { type Client, createClient } from "../../../src/client/index.ts";
import { isReason } from "../../../src/machinery/errors.ts";
import { type Invocation, UserError } from "../command.ts";
import { componentLog } from "../component.ts";
import { type DataDirectory, dataDirectoryPath, openDataDirectory } from "../data-dir.ts";
import { keepDatastore } from "../datastore.ts";
import { ownAddress } from "../edge.ts";
import { runNode } from "../join/run-node.ts";
import { isOver } from "../join/renewal.ts";
import { fetchKeys, type JoinToken, parseJoinToken, SHARED_FILES } from "../join/token.ts";
import { becomeNode, keptNode, type NodeAccess } from "../join/worker.ts";
import { progressOn } from "../progress.ts";
import { stopSignal } from "../stop-signal.ts";
import { VERSION } from "../version.ts";
import { detach, isDetached } from "./detach.ts";
import type { joinFlags } from "./cluster.commands.ts";
import { chooseRuntime, up } from "./up.ts";

export const TOKEN_VARIABLE = "TIPHYS_JOIN_TOKEN";

type Values = Invocation<typeof joinFlags>["values"];

export async function join(invocation: Invocation<typeof joinFlags>): Promise<number> {
  const { values, args } = invocation;
  const [server] = args;
  if (server === undefined || !server.startsWith("https://")) {
    throw new UserError("which cluster? Give the URL of its API server, such as https://10.0.0.1:6443");
  }
  if (!/^sha256:[0-9a-f]{64}$/.test(values["ca-hash"])) {
    throw new UserError('give the hash of the cluster\'s CA as "tiphys token create" printed it: --ca-hash sha256:…');
  }
  const kept = keptNode(joinPath(dataDirectoryPath(values["data-dir"]), "pki"));
  // A node that was away for so long that its certificate is over joins anew.
  const known = kept === undefined || isOver(kept, Date.now()) ? undefined : kept;
  if (known === undefined) tokenOf(values);
  if (values.detach && !isDetached()) return detach(values);
  if (known !== undefined) return serveNode(values, async () => known);
  const token = tokenOf(values);
  delete process.env[TOKEN_VARIABLE];
  const ca = await pinnedCa(server, values["ca-hash"]);
  const remote = remoteDoor({ url: server, ca, token: token.bootstrap });
  const client = createClient(remote.door, { userAgent: `tiphys-join/${VERSION}` });
  try {
    if (token.key === undefined) {
      const name = values["node-name"] || hostname().trim().toLowerCase();
      return await serveNode(values, ({ pki }) => becomeNode(client, pki, { name, server, ca }));
    }
    await becomeControlPlane(client, token, values);
  } catch (error) {
    if (!isReason(error, "Unauthorized")) throw error;
    throw new UserError(
      'the cluster does not take this token, it may be over: make another with "tiphys token create"',
    );
  } finally {
    remote.close();
  }
  return up({ ...invocation, values: { ...OWN_DATASTORE, ...values }, args: [] });
}

async function serveNode(values: Values, access: (data: DataDirectory) => Promise<NodeAccess>): Promise<number> {
  const progress = progressOn(process.stdout);
  const runtime = await chooseRuntime(values, new Set(), new Set(["kubelet"]), progress);
  const log = await componentLog(values);
  const data = openDataDirectory(dataDirectoryPath(values["data-dir"]));
  const stopping = stopSignal();
  try {
    await runNode({
      access: await access(data),
      data,
      runtime,
      address: values["node-ip"] || ownAddress(),
      port: values["kubelet-port"],
      log,
      progress,
      stopping,
    });
    return 0;
  } finally {
    data.release();
  }
}

/** A joined control plane finds it in its data directory. */
const OWN_DATASTORE = {
  "datastore-endpoint": [],
  "datastore-cafile": "",
  "datastore-certfile": "",
  "datastore-keyfile": "",
  "datastore-username": "",
  "datastore-password-file": "",
};

function tokenOf(values: Values): JoinToken {
  const file = values["token-file"];
  const text = file === "" ? process.env[TOKEN_VARIABLE] : readFileSync(file === "-" ? 0 : file, "utf8");
  if (text === undefined) {
    throw new UserError(`there is no token: set ${TOKEN_VARIABLE}, or give a file with it as --token-file FILE`);
  }
  return parseJoinToken(text.trim());
}

/** Takes over keys and datastore; after that the data directory is that of a control plane like any other. */
async function becomeControlPlane(client: Client, token: JoinToken, values: Values): Promise<void> {
  const data = openDataDirectory(dataDirectoryPath(values["data-dir"]));
  try {
    if (existsSync(joinPath(data.pki, "ca.key"))) {
      throw new UserError(
        `${data.path} has a cluster's keys already: start it with "tiphys up --data-dir ${data.path}"`,
      );
    }
    const { pki, datastore, encryption } = await fetchKeys(client, token);
    keepDatastore(data.datastore, datastore);
    if (encryption !== undefined) writePrivate(data.encryption, encryption);
    mkdirSync(data.pki, { recursive: true, mode: 0o700 });
    for (const file of SHARED_FILES) {
      writePrivate(joinPath(data.pki, file), pki[file], file.endsWith(".key") ? 0o600 : 0o644);
    }
  } finally {
    data.release();
  }
}
