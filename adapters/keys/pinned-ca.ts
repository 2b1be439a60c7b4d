/**
 * A server's CA, known by its hash: how a machine that has no certificate of the cluster yet finds out whom to trust. The
 * server sends its CA along with its certificate; nothing is sent to it before the CA's key was compared with the hash.
 */
import { createHash, createPublicKey, X509Certificate } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { isIP } from "node:net";
import { connect } from "node:tls";
import { pem } from "./der.ts";

/** How long the server may take, in milliseconds. */
const LIMIT = 10_000;

/** `sha256:` and the hash of the CA's public key in hex, as kubeadm writes it. */
export function caHash(certificate: string): string {
  return hashOf(createPublicKey(certificate));
}

function hashOf(key: KeyObject): string {
  const spki = key.export({ type: "spki", format: "der" });
  return `sha256:${createHash("sha256").update(spki).digest("hex")}`;
}

/** The CA as PEM. Rejects where the server at `url` shows none that has this hash. */
export async function pinnedCa(url: string, hash: string): Promise<string> {
  const shown = await chainOf(new URL(url));
  const found = shown.find((certificate) => hashOf(certificate.publicKey) === hash);
  if (found === undefined || !shown[0]!.verify(found.publicKey)) {
    throw new Error(
      `the server at ${url} shows no certificate of the CA ${hash}: somebody else answers there, or the hash is of another cluster`,
    );
  }
  return pem("CERTIFICATE", found.raw);
}

/** The certificates the server shows, its own first. */
function chainOf({ hostname, port }: URL): Promise<X509Certificate[]> {
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port: Number(port || 443),
      // Whom to trust is what is to be found out: no byte of ours follows on this connection.
      rejectUnauthorized: false,
      ...(isIP(host) === 0 && { servername: host }),
    });
    socket.setTimeout(LIMIT, () => socket.destroy(new Error(`${host} does not answer`)));
    socket.once("error", reject);
    socket.once("secureConnect", () => {
      const chain: X509Certificate[] = [];
      const seen = new Set<string>();
      let at = socket.getPeerX509Certificate();
      while (at !== undefined && !seen.has(at.fingerprint256)) {
        chain.push(at);
        seen.add(at.fingerprint256);
        at = at.issuerCertificate;
      }
      socket.destroy();
      resolve(chain);
    });
  });
}
