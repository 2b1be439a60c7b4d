/**
 * Upstream's provider `kms` (v2): values are encrypted here, each with a key of its own that is derived from a seed; the seed lies
 * beside the value, and only the key management service can open it. So the service is asked once for a seed, not for
 * each value.
 */
import { createHash, createHmac, randomBytes } from "node:crypto";
import type { Clock } from "../../src/machinery/clock.ts";
import type { Log } from "../../src/machinery/log.ts";
import { aesGcm } from "./aes.ts";
import type { KeyService, Sealed } from "./kms-client.ts";
import { kms } from "./kms-messages.ts";
import { joined } from "./providers.ts";
import type { Provider } from "./providers.ts";

const SEED = 32;
const INFO = 32;
/** How often the service is asked which key it uses, in milliseconds; upstream's. */
const ASK_EVERY = 60_000;
/** Seeds that are kept opened; a rotation makes one. */
const MOST_SEEDS = 1000;

interface Seed {
  readonly secret: Uint8Array;
  readonly sealed: Sealed;
}

export interface KmsOptions {
  readonly name: string;
  readonly service: KeyService;
  readonly clock: Clock;
  readonly log: Log;
}

/** Rejects where the service does not answer or is not well. */
export async function kmsProvider(options: KmsOptions): Promise<Provider & { close(): void }> {
  const provider = new KmsProvider(options);
  await provider.renew();
  return provider;
}

class KmsProvider implements Provider {
  readonly prefix: string;
  readonly #options: KmsOptions;
  /** Opened seeds by what lies in the database of them. */
  readonly #seeds = new Map<string, Uint8Array>();
  readonly #opening = new Map<string, Promise<void>>();
  #current!: Seed;
  #cancel = (): void => {};

  constructor(options: KmsOptions) {
    this.prefix = `k8s:enc:kms:v2:${options.name}:`;
    this.#options = options;
  }

  /** Takes a new seed where the service has a new key, now and then again. */
  async renew(): Promise<void> {
    const { service, clock } = this.#options;
    const { keyId } = await service.status();
    if (this.#current?.sealed.keyId !== keyId) {
      const secret = randomBytes(SEED);
      const sealed = await service.encrypt(secret);
      this.#current = { secret, sealed };
      this.#keep(nameOf(sealed.ciphertext), secret);
    }
    this.#cancel = clock.after(ASK_EVERY, () => void this.#renewLater());
  }

  async #renewLater(): Promise<void> {
    try {
      await this.renew();
    } catch (error) {
      const { name, log, clock } = this.#options;
      log.warn("the key management service is not well; the seed in use is kept", { name, error: String(error) });
      this.#cancel = clock.after(ASK_EVERY, () => void this.#renewLater());
    }
  }

  close(): void {
    this.#cancel();
    this.#options.service.close();
  }

  seal(plain: Uint8Array, key: string): Uint8Array {
    const { secret, sealed } = this.#current;
    const info = randomBytes(INFO);
    return kms.encode("EncryptedObject", {
      encryptedData: joined(info, aesGcm(derived(secret, info)).encrypt(plain, key)),
      keyId: sealed.keyId,
      encryptedDEKSource: sealed.ciphertext,
      annotations: sealed.annotations,
      encryptedDEKSourceType: "HKDF_SHA256_XNONCE_AES_GCM_SEED",
    });
  }

  open(stored: Uint8Array, key: string): { plain: Uint8Array; stale: boolean } {
    const { encryptedData, encryptedDEKSource, encryptedDEKSourceType, keyId } = kms.decode("EncryptedObject", stored);
    const secret = this.#seeds.get(nameOf(encryptedDEKSource));
    if (secret === undefined) throw new Error("its seed has not been fetched from the key management service");
    const stale = keyId !== this.#current.sealed.keyId;
    if (encryptedDEKSourceType === "AES_GCM_KEY") return { plain: aesGcm(secret).decrypt(encryptedData, key), stale };
    const own = derived(secret, encryptedData.subarray(0, INFO));
    return { plain: aesGcm(own).decrypt(encryptedData.subarray(INFO), key), stale };
  }

  prepare(stored: Iterable<Uint8Array>): Promise<void> | undefined {
    const waits = new Set<Promise<void>>();
    for (const value of stored) {
      const { encryptedDEKSource: ciphertext, keyId, annotations } = kms.decode("EncryptedObject", value);
      const name = nameOf(ciphertext);
      if (!this.#seeds.has(name)) waits.add(this.#fetch(name, { ciphertext, keyId, annotations }));
    }
    return waits.size === 0 ? undefined : Promise.all(waits).then(() => {});
  }

  #fetch(name: string, sealed: Sealed): Promise<void> {
    let opening = this.#opening.get(name);
    if (opening === undefined) {
      opening = this.#options.service
        .decrypt(sealed)
        .then((secret) => this.#keep(name, secret))
        .finally(() => this.#opening.delete(name));
      this.#opening.set(name, opening);
    }
    return opening;
  }

  #keep(name: string, secret: Uint8Array): void {
    this.#seeds.set(name, secret);
    for (const oldest of this.#seeds.keys()) {
      if (this.#seeds.size <= MOST_SEEDS) break;
      if (oldest !== nameOf(this.#current.sealed.ciphertext)) this.#seeds.delete(oldest);
    }
  }
}

const nameOf = (ciphertext: Uint8Array): string => createHash("sha256").update(ciphertext).digest("base64");

/** HKDF's second half with SHA-256 for one block (RFC 5869, 2.3). */
const derived = (seed: Uint8Array, info: Uint8Array): Uint8Array =>
  createHmac("sha256", seed).update(info).update(Uint8Array.of(1)).digest();
