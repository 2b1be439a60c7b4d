/** The key management service's API v2 and what upstream stores of it, as tables. */
import { protobuf } from "../../src/machinery/protobuf-wire.ts";
import type { Codec } from "../../src/machinery/protobuf-wire.ts";

const tables = {
  Empty: {},
  /** An entry of a map from text to bytes. */
  Annotation: { key: "1 string", value: "2 bytes" },
  StatusResponse: { version: "1 string", healthz: "2 string", keyId: "3 string" },
  EncryptRequest: { plaintext: "1 bytes", uid: "2 string" },
  EncryptResponse: { ciphertext: "1 bytes", keyId: "2 string", annotations: "3 repeated Annotation" },
  DecryptRequest: {
    ciphertext: "1 bytes",
    uid: "2 string",
    keyId: "3 string",
    annotations: "4 repeated Annotation",
  },
  DecryptResponse: { plaintext: "1 bytes" },

  /** What lies in the database: the value, and the seed of its key as only the service can open it. */
  EncryptedObject: {
    encryptedData: "1 bytes",
    keyId: "2 string",
    encryptedDEKSource: "3 bytes",
    annotations: "4 repeated Annotation",
    encryptedDEKSourceType: "5 DEKSource",
  },
  DEKSource: ["AES_GCM_KEY", "HKDF_SHA256_XNONCE_AES_GCM_SEED"],
} as const;

export type KmsTables = typeof tables;
export const kms: Codec<KmsTables> = protobuf(tables);
