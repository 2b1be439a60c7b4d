/** Calls to a key management service on its unix socket, over gRPC. */
import { randomUUID } from "node:crypto";
import { Client, credentials } from "@grpc/grpc-js";
import type { Decoded, Encodable } from "../../src/machinery/protobuf-wire.ts";
import { kms } from "./kms-messages.ts";
import type { KmsTables } from "./kms-messages.ts";

/** Something that only the service can open, with what it wants to be told when it shall. */
export interface Sealed {
  readonly ciphertext: Uint8Array;
  readonly keyId: string;
  readonly annotations: readonly { readonly key: string; readonly value: Uint8Array }[];
}

/** Calls reject with a sentence that names the service and says what it answered. */
export interface KeyService {
  /** Which key it uses now. */
  status(): Promise<{ readonly keyId: string }>;
  encrypt(plaintext: Uint8Array): Promise<Sealed>;
  decrypt(sealed: Sealed): Promise<Uint8Array>;
  close(): void;
}

/** `endpoint` as upstream has it: `unix:///run/kms.sock`. `milliseconds`: how long a call may take. */
export function connectKeyService(name: string, endpoint: string, milliseconds: number): KeyService {
  const client = new Client(endpoint, credentials.createInsecure(), {
    "grpc.default_authority": "localhost",
    "grpc.initial_reconnect_backoff_ms": 50,
    "grpc.max_reconnect_backoff_ms": 1000,
    "grpc.use_local_subchannel_pool": 1,
  });
  function call<I extends keyof KmsTables, O extends keyof KmsTables>(
    method: string,
    [input, output]: readonly [I, O],
    value: Encodable<KmsTables, I>,
  ): Promise<Decoded<KmsTables, O>> {
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        `/v2.KeyManagementService/${method}`,
        (message: Encodable<KmsTables, I>) => Buffer.from(kms.encode(input, message)),
        (bytes: Buffer) => kms.decode(output, bytes),
        value,
        { deadline: Date.now() + milliseconds },
        (error, answer) => {
          if (!error) return resolve(answer!);
          reject(new Error(`the key management service ${name} at ${endpoint} fails: ${error.details}`));
        },
      );
    });
  }
  return {
    async status() {
      const { version, healthz, keyId } = await call("Status", ["Empty", "StatusResponse"], {});
      if (version !== "v2" && version !== "v2beta1") {
        throw new Error(`the key management service ${name} speaks version ${version || "(none)"}, not v2`);
      }
      if (healthz !== "ok") throw new Error(`the key management service ${name} says of itself: ${healthz}`);
      return { keyId };
    },
    encrypt: (plaintext) => call("Encrypt", ["EncryptRequest", "EncryptResponse"], { plaintext, uid: randomUUID() }),
    async decrypt(sealed) {
      const request = { ...sealed, uid: randomUUID() };
      return (await call("Decrypt", ["DecryptRequest", "DecryptResponse"], request)).plaintext;
    },
    close: () => client.close(),
  };
}
