/**
 * The keys behind service account tokens: JWTs signed with ES256 (or RS256 where an RSA key is given), named by the
 * hash of their public key as upstream's are. Node's crypto does it in one synchronous call of some 50 µs.
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import type { Claims, TokenKeys } from "../../src/server/authentication/keys.ts";

interface PublicKey {
  readonly key: KeyObject;
  readonly id: string;
  readonly algorithm: string;
  readonly hash: string;
}

/** A JWT of Kubernetes is about 1 KiB; nothing longer is looked at. */
const MAX_TOKEN = 16 * 1024;

/**
 * `signing` is a private key (PEM); tokens of `further` public keys (PEM, private ones are taken too) are believed as
 * well: keys that were in use before.
 */
export function tokenKeys(signing: string, further: readonly string[] = []): TokenKeys {
  const privateKey = createPrivateKey(signing);
  const own = publicKey(createPublicKey(privateKey));
  const all = [own];
  for (const text of further) {
    const key = publicKey(createPublicKey(text));
    if (!all.some(({ id }) => id === key.id)) all.push(key);
  }
  const header = encode({ alg: own.algorithm, kid: own.id });
  return {
    algorithms: [...new Set(all.map(({ algorithm }) => algorithm))],
    publicKeys: () => ({
      keys: all.map(({ key, id, algorithm }) => ({
        use: "sig",
        ...key.export({ format: "jwk" }),
        kid: id,
        alg: algorithm,
      })),
    }),
    async sign(claims) {
      const text = `${header}.${encode(claims)}`;
      const signature = sign(own.hash, Buffer.from(text), { key: privateKey, dsaEncoding: "ieee-p1363" });
      return `${text}.${signature.toString("base64url")}`;
    },
    async verify(token) {
      return claimsOf(token, all);
    },
  };
}

function publicKey(key: KeyObject): PublicKey {
  const bytes = key.export({ type: "spki", format: "der" });
  const id = createHash("sha256").update(bytes).digest("base64url");
  if (key.asymmetricKeyType === "rsa") return { key, id, algorithm: "RS256", hash: "sha256" };
  switch (key.asymmetricKeyDetails?.namedCurve) {
    case "prime256v1":
      return { key, id, algorithm: "ES256", hash: "sha256" };
    case "secp384r1":
      return { key, id, algorithm: "ES384", hash: "sha384" };
    case "secp521r1":
      return { key, id, algorithm: "ES512", hash: "sha512" };
    default:
      throw new Error("a service account key must be an RSA key or an ECDSA key on P-256, P-384 or P-521");
  }
}

function encode(object: unknown): string {
  return Buffer.from(JSON.stringify(object)).toString("base64url");
}

/** Undefined for every text that is no JWT of one of `keys`. The header's algorithm must be the key's own. */
function claimsOf(token: string, keys: readonly PublicKey[]): Claims | undefined {
  if (token.length > MAX_TOKEN) return undefined;
  const parts = token.split(".");
  if (parts.length !== 3) return undefined;
  const header = decode(parts[0]!) as { alg?: unknown; kid?: unknown } | undefined;
  if (!header) return undefined;
  const text = Buffer.from(`${parts[0]}.${parts[1]}`);
  const signature = Buffer.from(parts[2]!, "base64url");
  for (const { key, id, algorithm, hash } of keys) {
    if (header.alg !== algorithm || (header.kid !== undefined && header.kid !== id)) continue;
    if (verify(hash, text, { key, dsaEncoding: "ieee-p1363" }, signature))
      return decode(parts[1]!) as Claims | undefined;
  }
  return undefined;
}

function decode(part: string): object | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString());
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
