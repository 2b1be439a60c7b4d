/**
 * A node that joins: it makes a key of its own and asks for a certificate with its token (upstream's TLS bootstrap); from then
 * on it is `system:node:<name>` and needs no token any more.
 */
import { existsSync, mkdirSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { newKey, privatePem, requestFor } from "../../../adapters/keys/certificate.ts";
import { nodeSubject } from "../../../adapters/keys/cluster-keys.ts";
import { readIfThere, writePrivate } from "../../../adapters/keys/private-file.ts";
import { CertificateSigningRequest } from "../../../src/api/certificates/index.ts";
import type { Client } from "../../../src/client/index.ts";
import { UserError } from "../command.ts";

/** How a node reaches its cluster. */
export interface NodeAccess {
  readonly name: string;
  readonly server: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** How long the certificate may take, in milliseconds; somebody may have to approve it. */
const LIMIT = 60_000;

/** What an earlier join brought; undefined where there was none. */
export function keptNode(pki: string): NodeAccess | undefined {
  const text = readIfThere(join(pki, "node.json"));
  return text === undefined ? undefined : (JSON.parse(text) as NodeAccess);
}

/** `client` holds the bootstrap token. The result is kept in the folder `pki`. */
export async function becomeNode(
  client: Client,
  pki: string,
  { name, server, ca }: Pick<NodeAccess, "name" | "server" | "ca">,
): Promise<NodeAccess> {
  if (existsSync(join(pki, "ca.key"))) {
    throw new UserError(`${pki} holds the keys of a control plane: give a node another directory with --data-dir DIR`);
  }
  return certify(client, pki, { name, server, ca });
}

/** The same for a node that is one: `client` has the certificate that is to be replaced. */
export const renewNode = certify;

async function certify(
  client: Client,
  pki: string,
  { name, server, ca }: Pick<NodeAccess, "name" | "server" | "ca">,
): Promise<NodeAccess> {
  const pair = newKey();
  const cert = await certified(client, requestFor(nodeSubject(name), pair));
  const access = { name, server, ca, cert, key: privatePem(pair.privateKey) };
  mkdirSync(pki, { recursive: true, mode: 0o700 });
  writePrivate(join(pki, "node.json"), `${JSON.stringify(access, null, 2)}\n`);
  return access;
}

async function certified(client: Client, request: string): Promise<string> {
  const name = `node-csr-${createHash("sha256").update(request).digest("base64url").toLowerCase().replaceAll(/[-_]/g, "")}`;
  await client.create(CertificateSigningRequest, {
    metadata: { name },
    spec: {
      request: Buffer.from(request).toString("base64"),
      signerName: "kubernetes.io/kube-apiserver-client-kubelet",
      usages: ["digital signature", "client auth"],
    },
  });
  const signal = AbortSignal.timeout(LIMIT);
  try {
    const fieldSelector = `metadata.name=${name}`;
    for await (const events of client.watch(CertificateSigningRequest, { fieldSelector, signal })) {
      for (const { object } of events) {
        const { conditions = [], certificate } = object.status ?? {};
        const refused = conditions.find(({ type }) => type === "Denied" || type === "Failed");
        if (refused) throw new UserError(`the cluster gives no certificate: ${refused.message || refused.type}`);
        if (certificate !== undefined) return Buffer.from(certificate, "base64").toString();
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  throw new UserError(
    `the certificate was not issued within ${LIMIT / 1000} s: see "kubectl get csr ${name}", approve it with ` +
      `"kubectl certificate approve ${name}", and join again; a controller manager with the CA's key must run`,
  );
}
