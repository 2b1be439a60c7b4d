/**
 * A cluster's keys and certificates in one folder, laid out and named as kubeadm's `pki`: `ca`, `apiserver`, `sa`, and
 * one pair for each client. What is missing, near its end or no longer fitting is made anew at the next start; all keys
 * are 0600.
 */
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { CertificateAuthority } from "../../src/controllers/certificates/authority.ts";
import type { TokenKeys } from "../../src/server/authentication/keys.ts";
import {
  addressBytes,
  certificate,
  type KeyPair,
  newKey,
  privatePem,
  subjectName,
  type Subject,
  type Usage,
} from "./certificate.ts";
import { readIfThere, writePrivate } from "./private-file.ts";
import { type Authority, requestSigner } from "./request-signer.ts";
import { tokenKeys } from "./token-keys.ts";

export interface ClusterKeys {
  /** The CA's certificate, PEM. */
  readonly ca: string;
  /** Where the files are. */
  readonly folder: string;
  /** The API server's certificate, good for all names in {@link KeysOptions.names}. */
  readonly serving: KeyPair;
  readonly tokens: TokenKeys;
  /** The pair of a client, kept as `<file>.crt` and `<file>.key`. */
  client(file: string, subject: Subject): KeyPair;
  /** The pair of another server of the cluster, such as a kubelet. */
  server(file: string, subject: Subject, names: readonly string[]): KeyPair;
  /** Signs requests; the caller has decided that they may have what they ask. */
  readonly authority: CertificateAuthority;
}

export interface KeysOptions {
  /** DNS names and addresses of the API server beside the usual ones. */
  readonly names?: readonly string[];
  /** The first address of the service range. Default: 10.96.0.1. */
  readonly serviceAddress?: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const DAY = 24 * 3600 * 1000;
const CA_LIFE = 3650 * DAY;
const LIFE = 365 * DAY;
/** A certificate with less left than this is made anew. */
const RENEW_BEFORE = 60 * DAY;
/** Certificates begin a little earlier, for clients whose clock is behind. */
const SKEW = 3600 * 1000;

const USUAL_NAMES = [
  "kubernetes",
  "kubernetes.default",
  "kubernetes.default.svc",
  "kubernetes.default.svc.cluster.local",
  "localhost",
  "127.0.0.1",
  "::1",
];

export const ADMIN: Subject = { commonName: "kubernetes-admin", organizations: ["system:masters"] };
export const CONTROLLER_MANAGER: Subject = { commonName: "system:kube-controller-manager" };
export const SCHEDULER: Subject = { commonName: "system:kube-scheduler" };
export const nodeSubject = (node: string): Subject => ({
  commonName: `system:node:${node}`,
  organizations: ["system:nodes"],
});

/** Throws the file system's error where the folder cannot be read or written. */
export function openKeys(folder: string, options: KeysOptions): ClusterKeys {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { now } = options;
  const authority = openAuthority(folder, now);
  const pair = (file: string, subject: Subject, usages: readonly Usage[], names: readonly string[] = []): KeyPair =>
    openPair(folder, authority, file, subject, usages, names, now);
  const names = [...new Set([...USUAL_NAMES, options.serviceAddress ?? "10.96.0.1", ...(options.names ?? [])])];
  return {
    ca: authority.cert,
    folder,
    serving: withCa(pair("apiserver", { commonName: "kube-apiserver" }, ["server"], names), authority),
    tokens: tokenKeys(openTokenKey(folder)),
    client: (file, subject) => pair(file, subject, ["client"]),
    server: (file, subject, serverNames) => pair(file, subject, ["server"], serverNames),
    authority: requestSigner(authority),
  };
}

/** Signs with a CA that is given as files. */
export const signerOf = (pair: KeyPair): CertificateAuthority => requestSigner(authorityOf(pair));

/** The CA goes along, for those who only know its hash (see pinned-ca.ts). */
function withCa({ cert, key }: KeyPair, authority: Authority): KeyPair {
  return { cert: cert + authority.cert, key };
}

function openAuthority(folder: string, now: number): Authority {
  const read = readPair(folder, "ca");
  if (read) return authorityOf(read);
  const { privateKey, publicKey } = newKey();
  const subject = { commonName: "kubernetes" };
  const cert = certificate({
    subject,
    publicKey,
    issuer: { subject, privateKey, publicKey },
    notBefore: now - SKEW,
    notAfter: now + CA_LIFE,
    authority: true,
    names: ["kubernetes"],
  });
  const pair = { key: privatePem(privateKey), cert };
  writePair(folder, "ca", pair);
  return authorityOf(pair);
}

function authorityOf({ key, cert }: KeyPair): Authority {
  const privateKey = createPrivateKey(key);
  const parsed = new X509Certificate(cert);
  return {
    cert,
    privateKey,
    publicKey: createPublicKey(privateKey),
    subject: subjectName(parsed),
    notAfter: parsed.validToDate.getTime(),
  };
}

function openPair(
  folder: string,
  authority: Authority,
  file: string,
  subject: Subject,
  usages: readonly Usage[],
  names: readonly string[],
  now: number,
): KeyPair {
  const read = readPair(folder, file);
  if (read && usable(read.cert, authority, names, now)) return read;
  const { privateKey, publicKey } = newKey();
  const cert = certificate({
    subject,
    publicKey,
    issuer: authority,
    notBefore: now - SKEW,
    notAfter: Math.min(now + LIFE, authority.notAfter),
    usages,
    names,
  });
  const pair = { key: privatePem(privateKey), cert };
  writePair(folder, file, pair);
  return pair;
}

function usable(cert: string, authority: Authority, names: readonly string[], now: number): boolean {
  const parsed = new X509Certificate(cert);
  if (parsed.validToDate.getTime() - now < RENEW_BEFORE || !parsed.verify(authority.publicKey)) return false;
  if (names.length === 0) return true;
  const listed = new Set(
    (parsed.subjectAltName ?? "").split(", ").map((entry) => canonical(entry.replace(/^(DNS|IP Address):/, ""))),
  );
  return names.every((name) => listed.has(canonical(name)));
}

/** IPv6 addresses have many spellings. */
function canonical(name: string): string {
  return name.includes(":") ? addressBytes(name).toString("hex") : name;
}

function openTokenKey(folder: string): string {
  const path = join(folder, "sa.key");
  const read = readIfThere(path);
  if (read !== undefined) return read;
  const { privateKey, publicKey } = newKey();
  const text = privatePem(privateKey);
  writePrivate(join(folder, "sa.pub"), publicKey.export({ type: "spki", format: "pem" }) as string, 0o644);
  writePrivate(path, text);
  return text;
}

function readPair(folder: string, file: string): KeyPair | undefined {
  const key = readIfThere(join(folder, `${file}.key`));
  const cert = readIfThere(join(folder, `${file}.crt`));
  return key !== undefined && cert !== undefined ? { key, cert } : undefined;
}

function writePair(folder: string, file: string, { key, cert }: KeyPair): void {
  writePrivate(join(folder, `${file}.crt`), cert, 0o644);
  writePrivate(join(folder, `${file}.key`), key);
}
