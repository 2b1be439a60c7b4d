/**
 * Calls over gRPC to a unix socket: one connection, a deadline for every call, and errors as the port has them.
 *
 * The connection mends itself: while nobody listens, calls fail at once with `Unavailable` ("say that it is not
 * there" is worth more to a kubelet than waiting), and once somebody does, the next call goes through within
 * {@link RECONNECT_MS}.
 */
import { Client, Metadata, credentials } from "@grpc/grpc-js";
import type { CallOptions, ClientDuplexStream, ClientReadableStream, ServiceError } from "@grpc/grpc-js";
import { RuntimeError } from "../../src/kubelet/runtime.ts";
import type { RuntimeErrorCode } from "../../src/kubelet/runtime.ts";
import { OutlivingCredentials } from "./outliving.ts";
import type { Codec, Decoded, Encodable, Tables } from "../../src/machinery/protobuf-wire.ts";

/** The longest wait between two attempts to connect. */
const RECONNECT_MS = 250;
/** Lists of thousands of containers pass the 4 MiB that gRPC has as default. */
const MAX_MESSAGE = 64 * 1024 * 1024;

export interface CallLimits {
  /** The call fails with `DeadlineExceeded` after this long; absent: it may take for ever. */
  readonly milliseconds?: number;
  readonly signal?: AbortSignal;
  /** gRPC metadata, such as containerd's namespace. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ConnectionOptions {
  /** Calls are carried out though this process is killed meanwhile. */
  readonly outlives?: boolean;
}

/** A connection to one socket, shared by all calls that go there. */
export class GrpcConnection {
  readonly #client: Client;

  /** `endpoint`: a socket's path, or `unix:///run/…` as `--container-runtime-endpoint` takes it. */
  constructor(endpoint: string, { outlives = false }: ConnectionOptions = {}) {
    const identity = outlives ? new OutlivingCredentials() : credentials.createInsecure();
    this.#client = new Client(`unix:${socketPath(endpoint)}`, identity, {
      "grpc.default_authority": "localhost",
      "grpc.initial_reconnect_backoff_ms": 20,
      "grpc.min_reconnect_backoff_ms": 20,
      "grpc.max_reconnect_backoff_ms": RECONNECT_MS,
      "grpc.max_receive_message_length": MAX_MESSAGE,
      "grpc.max_send_message_length": MAX_MESSAGE,
      // Two clusters in one process must not share connections.
      "grpc.use_local_subchannel_pool": 1,
    });
  }

  /** One request, one answer. */
  unary<T extends Tables, I extends keyof T & string, O extends keyof T & string>(
    path: string,
    codec: Codec<T>,
    [input, output]: readonly [I, O],
    value: Encodable<T, I>,
    limits: CallLimits,
  ): Promise<Decoded<T, O>> {
    const { signal } = limits;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const call = this.#client.makeUnaryRequest(
        path,
        (message: Encodable<T, I>) => Buffer.from(codec.encode(input, message)),
        (bytes: Buffer) => codec.decode(output, bytes),
        value,
        metadata(limits),
        options(limits),
        (error, answer) => {
          signal?.removeEventListener("abort", stop);
          if (error) reject(signal?.aborted ? (signal.reason as Error) : runtimeError(error));
          else resolve(answer as Decoded<T, O>);
        },
      );
      const stop = (): void => call.cancel();
      signal?.addEventListener("abort", stop, { once: true });
    });
  }

  /** One request, answers as they come. The stream's `error` is a gRPC error: see {@link runtimeError}. */
  serverStream<T extends Tables, I extends keyof T & string, O extends keyof T & string>(
    path: string,
    codec: Codec<T>,
    [input, output]: readonly [I, O],
    value: Encodable<T, I>,
    limits: CallLimits,
  ): ClientReadableStream<Decoded<T, O>> {
    return this.#client.makeServerStreamRequest(
      path,
      (message: Encodable<T, I>) => Buffer.from(codec.encode(input, message)),
      (bytes: Buffer) => codec.decode(output, bytes),
      value,
      metadata(limits),
      options(limits),
    );
  }

  /** Messages in both directions. */
  duplexStream<T extends Tables, I extends keyof T & string, O extends keyof T & string>(
    path: string,
    codec: Codec<T>,
    [input, output]: readonly [I, O],
    limits: CallLimits,
  ): ClientDuplexStream<Encodable<T, I>, Decoded<T, O>> {
    return this.#client.makeBidiStreamRequest(
      path,
      (message: Encodable<T, I>) => Buffer.from(codec.encode(input, message)),
      (bytes: Buffer) => codec.decode(output, bytes),
      metadata(limits),
      options(limits),
    );
  }

  close(): void {
    this.#client.close();
  }
}

function metadata({ headers }: CallLimits): Metadata {
  const result = new Metadata();
  for (const [name, value] of Object.entries(headers ?? {})) result.set(name, value);
  return result;
}

function options({ milliseconds }: CallLimits): CallOptions {
  return milliseconds === undefined ? {} : { deadline: Date.now() + milliseconds };
}

/** The path of a unix socket given as such or as a URL. Throws where the endpoint is something else. */
export function socketPath(endpoint: string): string {
  const path = endpoint.replace(/^unix:(\/\/)?(?=\/)/, "");
  if (path.startsWith("/")) return path;
  throw new Error(
    `the container runtime endpoint ${JSON.stringify(endpoint)} is no unix socket: ` +
      "give a path such as unix:///run/containerd/containerd.sock",
  );
}

const CODES: Readonly<Record<number, RuntimeErrorCode>> = {
  3: "InvalidArgument",
  4: "DeadlineExceeded",
  5: "NotFound",
  6: "AlreadyExists",
  7: "PermissionDenied",
  8: "ResourceExhausted",
  9: "FailedPrecondition",
  12: "Unimplemented",
  13: "Internal",
  14: "Unavailable",
  16: "Unauthenticated",
};

/** What gRPC reports, as the port has it. */
export function runtimeError(error: ServiceError): RuntimeError {
  return new RuntimeError(codeByWords(error.details) ?? CODES[error.code] ?? "Unknown", error.details);
}

/** containerd answers some refusals with code Unknown, and only its words tell them apart. */
function codeByWords(details: string): RuntimeErrorCode | undefined {
  if (/failed to reserve (sandbox|container) name .* is reserved for/.test(details)) return "AlreadyExists";
  if (details.startsWith("failed to set starting state for container ")) return "FailedPrecondition";
  return undefined;
}

export function hasCode(error: unknown, code: RuntimeErrorCode): boolean {
  return error instanceof RuntimeError && error.code === code;
}
