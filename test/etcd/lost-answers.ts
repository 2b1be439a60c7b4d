/**
 * A member of etcd that carries unary calls out but loses some of its answers, as a connection does that breaks in between.
 * It stands before a real one and passes bytes on.
 */
import { Client, credentials, Server, ServerCredentials, status } from "@grpc/grpc-js";
import type { sendUnaryData, ServerUnaryCall, ServiceDefinition } from "@grpc/grpc-js";

export interface LosingMember {
  readonly endpoint: string;
  /** How often a call has come. */
  readonly calls: number;
  close(): void;
}

/** Passes calls of the method at `path` on to `endpoint` (http), and loses the answers to the first `lost`. */
export async function losingMember(endpoint: string, path: string, lost: number): Promise<LosingMember> {
  const client = new Client(endpoint.replace("http://", ""), credentials.createInsecure());
  const server = new Server();
  const bytes = (value: Buffer): Buffer => value;
  let calls = 0;
  const pass = ({ request }: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>): void => {
    const loses = ++calls <= lost;
    client.makeUnaryRequest(path, bytes, bytes, request, (error, given) => {
      if (error === null && loses) answer({ code: status.UNAVAILABLE, details: "the connection broke" });
      else answer(error, given);
    });
  };
  const method = {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  };
  server.addService({ method } satisfies ServiceDefinition, { method: pass });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  return {
    endpoint: `http://127.0.0.1:${port}`,
    get calls() {
      return calls;
    },
    close() {
      client.close();
      server.forceShutdown();
    },
  };
}
