/** A key management service for tests, on a real socket: "encrypts" by turning bytes round and noting its key. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server, ServerCredentials, status } from "@grpc/grpc-js";
import type { Decoded } from "../../../src/machinery/protobuf-wire.ts";
import { kms } from "../kms-messages.ts";
import type { KmsTables } from "../kms-messages.ts";

export class TestKeyService {
  keyId = "key-1";
  healthz = "ok";
  /** Keys that it opens nothing with any more. */
  readonly forgotten = new Set<string>();
  readonly calls: string[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), "tiphys-kms-"));
  readonly #server = new Server();

  get endpoint(): string {
    return `unix://${join(this.#folder, "kms.sock")}`;
  }

  static async start(): Promise<TestKeyService> {
    const service = new TestKeyService();
    service.#server.addService(
      {
        Status: method("Status", "Empty", "StatusResponse"),
        Encrypt: method("Encrypt", "EncryptRequest", "EncryptResponse"),
        Decrypt: method("Decrypt", "DecryptRequest", "DecryptResponse"),
      },
      {
        Status: service.#answer("Status", () => ({ version: "v2", healthz: service.healthz, keyId: service.keyId })),
        Encrypt: service.#answer("Encrypt", ({ plaintext }: { plaintext: Uint8Array }) => ({
          ciphertext: Buffer.concat([Buffer.from(`${service.keyId}|`), Buffer.from(plaintext).toReversed()]),
          keyId: service.keyId,
          annotations: [{ key: "made-by.test.example.com", value: Buffer.from("test") }],
        })),
        Decrypt: service.#answer("Decrypt", (request: Decoded<KmsTables, "DecryptRequest">) => {
          const bytes = Buffer.from(request.ciphertext);
          const bar = bytes.indexOf("|");
          if (service.forgotten.has(request.keyId)) throw new Error(`key ${request.keyId} was destroyed`);
          if (bytes.toString("utf8", 0, bar) !== request.keyId || request.annotations.length !== 1) {
            throw new Error("not what was encrypted");
          }
          return { plaintext: Buffer.from(bytes.subarray(bar + 1)).toReversed() };
        }),
      },
    );
    await new Promise<void>((resolve, reject) => {
      service.#server.bindAsync(service.endpoint, ServerCredentials.createInsecure(), (error) =>
        error ? reject(error) : resolve(),
      );
    });
    return service;
  }

  stop(): void {
    this.#server.forceShutdown();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #answer(name: string, respond: (request: never) => object) {
    return (call: { request: unknown }, done: (error: object | null, answer?: object) => void): void => {
      this.calls.push(name);
      try {
        done(null, respond(call.request as never));
      } catch (error) {
        done({ code: status.INVALID_ARGUMENT, details: (error as Error).message });
      }
    };
  }
}

function method(name: string, input: keyof KmsTables, output: keyof KmsTables) {
  return {
    path: `/v2.KeyManagementService/${name}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: () => Buffer.alloc(0),
    requestDeserialize: (bytes: Buffer) => kms.decode(input, bytes),
    responseSerialize: (value: object) => Buffer.from(kms.encode(output, value)),
    responseDeserialize: () => undefined,
  };
}
