/**
 * Calls to an etcd cluster: several endpoints, one in use. An endpoint that does not answer is left for the next one; those
 * that failed lately are tried last. Keep-alive pings find members that are paused or cut off.
 */
import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";
import { Client, credentials, Metadata, status } from "@grpc/grpc-js";
import type { ClientDuplexStream, ServiceError } from "@grpc/grpc-js";
import type { Clock } from "../../src/machinery/clock.ts";
import { sleep } from "../../src/machinery/clock.ts";
import type { Decoded, Encodable } from "../../src/machinery/protobuf-wire.ts";
import { DatabaseUnavailable } from "../../src/store/shared-database.ts";
import { explain, isUnavailable } from "./errors.ts";
import { AUTHENTICATE, etcd } from "./messages.ts";
import type { EtcdTables, Method } from "./messages.ts";

export interface EtcdOptions {
  /** Such as `https://10.0.0.1:2379`; all with the same scheme. */
  readonly endpoints: readonly string[];
  /** PEM. For https: the CA of the members (absent: the system's), and our certificate where they ask for one. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly auth?: { readonly user: string; readonly password: string };
  readonly clock: Clock;
}

/**
 * How long one endpoint may take to answer, in milliseconds, before the next is asked. What a follower had passed on to a leader
 * that died is lost without a word, so this is what the death of a leader costs those who were writing. Where none of the
 * endpoints answers so fast they get more time, until one does.
 */
const SHORTEST_ATTEMPT = 1000;
const LONGEST_ATTEMPT = 4000;
/** Administrators' calls, logins and pages of a list take longer. */
const LONG_ATTEMPT = 3000;
/** How long a call that may be repeated is repeated, in milliseconds. */
const PATIENCE = 15_000;
/** Pause before all endpoints are tried once more, in milliseconds. */
const PAUSE = 100;
/** etcd refuses clients that ping more often than each 5 seconds. */
const PING_MS = 6000;
const PING_TIMEOUT_MS = 3000;

export type Stream<I extends keyof EtcdTables, O extends keyof EtcdTables> = ClientDuplexStream<
  Encodable<EtcdTables, I>,
  Decoded<EtcdTables, O>
>;

export class EtcdConnection {
  readonly endpoints: readonly string[];
  readonly #clients: readonly Client[];
  readonly #options: EtcdOptions;
  #current = 0;
  #attempt = SHORTEST_ATTEMPT;
  /** Attempts that took too long since one was answered in half its time, and when the last of them ended. */
  #overdue = 0;
  #lastOverdue = Number.NEGATIVE_INFINITY;
  #token: string | undefined;
  #authenticating: Promise<void> | undefined;
  readonly #closed = new AbortController();

  /** Throws where an endpoint cannot be understood. Connects when first used. */
  constructor(options: EtcdOptions) {
    this.#options = options;
    this.endpoints = options.endpoints;
    if (options.endpoints.length === 0) throw new Error("no etcd endpoint is given, such as https://10.0.0.1:2379");
    this.#clients = options.endpoints.map((endpoint) => clientOf(endpoint, options));
  }

  /** Where calls go at present. */
  get current(): number {
    return this.#current;
  }

  /** A call that may be repeated: asks one endpoint after the other until one answers or patience ends. `long`: much will come. */
  async repeat<I extends keyof EtcdTables, O extends keyof EtcdTables>(
    method: Method<I, O>,
    value: Encodable<EtcdTables, I>,
    long?: "long",
  ): Promise<Decoded<EtcdTables, O>> {
    const { clock } = this.#options;
    const until = clock.now() + PATIENCE;
    for (let tries = 1; ; tries++) {
      try {
        return await this.once(method, value, long);
      } catch (error) {
        if (!(error instanceof DatabaseUnavailable) || clock.now() >= until || this.#closed.signal.aborted) throw error;
        if (tries % this.#clients.length === 0) await sleep(clock, PAUSE, this.#closed.signal);
      }
    }
  }

  /** One attempt at the endpoint in use; where that does not answer, the next call goes to the next one. */
  async once<I extends keyof EtcdTables, O extends keyof EtcdTables>(
    method: Method<I, O>,
    value: Encodable<EtcdTables, I>,
    long?: "long",
  ): Promise<Decoded<EtcdTables, O>> {
    for (let renewed = false; ; renewed = true) {
      if (this.#options.auth !== undefined && this.#token === undefined) await this.#authenticate();
      const at = this.#current;
      try {
        return await this.#call(at, method, value, Math.max(this.#attempt, long ? LONG_ATTEMPT : 0));
      } catch (error) {
        if (isUnavailable(error)) this.leave(at);
        if (renewed || !this.#tokenRefused(error)) throw explain(error, this.endpoints[at]!);
        this.#token = undefined;
      }
    }
  }

  /** One attempt at exactly this endpoint. */
  async at<I extends keyof EtcdTables, O extends keyof EtcdTables>(
    endpoint: number,
    method: Method<I, O>,
    value: Encodable<EtcdTables, I>,
    milliseconds = LONG_ATTEMPT,
  ): Promise<Decoded<EtcdTables, O>> {
    if (this.#options.auth !== undefined && this.#token === undefined) await this.#authenticate();
    try {
      return await this.#call(endpoint, method, value, milliseconds);
    } catch (error) {
      throw explain(error, this.endpoints[endpoint]!);
    }
  }

  /** A stream from the endpoint in use; it ends with an error when that member loses its leader. */
  async stream<I extends keyof EtcdTables, O extends keyof EtcdTables>(
    method: Method<I, O>,
  ): Promise<{ stream: Stream<I, O>; endpoint: number }> {
    if (this.#options.auth !== undefined && this.#token === undefined) await this.#authenticate();
    const [path, input, output] = method;
    const metadata = this.#metadata();
    metadata.set("hasleader", "true");
    const endpoint = this.#current;
    const stream = this.#clients[endpoint]!.makeBidiStreamRequest(
      path,
      (message: Encodable<EtcdTables, I>) => Buffer.from(etcd.encode(input, message)),
      (bytes: Buffer) => etcd.decode(output, bytes),
      metadata,
    );
    return { stream, endpoint };
  }

  /** `endpoint` did not answer: the next one is used from now on. */
  leave(endpoint: number): void {
    if (this.#current === endpoint) this.#current = (endpoint + 1) % this.#clients.length;
  }

  /** A stream's error as the port has it; forgets a token that was refused. */
  streamError(error: unknown, endpoint: number): Error {
    if (this.#tokenRefused(error)) this.#token = undefined;
    this.leave(endpoint);
    return explain(error, this.endpoints[endpoint]!);
  }

  close(): void {
    this.#closed.abort(new DatabaseUnavailable("the connection to etcd is closed"));
    for (const client of this.#clients) client.close();
  }

  #call<I extends keyof EtcdTables, O extends keyof EtcdTables>(
    endpoint: number,
    [path, input, output]: Method<I, O>,
    value: Encodable<EtcdTables, I>,
    milliseconds = this.#attempt,
  ): Promise<Decoded<EtcdTables, O>> {
    const began = this.#options.clock.now();
    return new Promise((resolve, reject) => {
      if (this.#closed.signal.aborted) return reject(this.#closed.signal.reason as Error);
      this.#clients[endpoint]!.makeUnaryRequest(
        path,
        (message: Encodable<EtcdTables, I>) => Buffer.from(etcd.encode(input, message)),
        (bytes: Buffer) => etcd.decode(output, bytes),
        value,
        this.#metadata(),
        { deadline: Date.now() + milliseconds },
        (error, answer) => {
          this.#learn(began, error?.code);
          if (error) reject(error);
          else resolve(answer!);
        },
      );
    });
  }

  /** How long attempts may take follows from how long they took. Those that waited together count once. */
  #learn(began: number, code: status | undefined): void {
    const now = this.#options.clock.now();
    if (code === undefined && now - began < SHORTEST_ATTEMPT / 2) {
      this.#overdue = 0;
      this.#attempt = SHORTEST_ATTEMPT;
    } else if (code === status.DEADLINE_EXCEEDED && began >= this.#lastOverdue) {
      this.#lastOverdue = now;
      if (++this.#overdue <= this.#clients.length) return;
      this.#overdue = 0;
      this.#attempt = Math.min(this.#attempt * 2, LONGEST_ATTEMPT);
    }
  }

  #metadata(): Metadata {
    const metadata = new Metadata();
    if (this.#token !== undefined) metadata.set("token", this.#token);
    return metadata;
  }

  #tokenRefused(error: unknown): boolean {
    if (this.#options.auth === undefined) return false;
    const { code, details = "" } = error as Partial<ServiceError>;
    return code === status.UNAUTHENTICATED || details.includes("auth: revision in header is old");
  }

  #authenticate(): Promise<void> {
    this.#authenticating ??= this.#login().finally(() => (this.#authenticating = undefined));
    return this.#authenticating;
  }

  async #login(): Promise<void> {
    const { user, password } = this.#options.auth!;
    const at = this.#current;
    try {
      const { token } = await this.#call(at, AUTHENTICATE, { name: user, password }, LONG_ATTEMPT);
      this.#token = token;
    } catch (error) {
      if (isUnavailable(error)) this.leave(at);
      throw explain(error, this.endpoints[at]!);
    }
  }
}

function clientOf(endpoint: string, { tls, endpoints }: EtcdOptions): Client {
  const [, scheme, target] = /^(https?):\/\/([^/]+:\d+)\/?$/.exec(endpoint) ?? [];
  if (scheme === undefined || target === undefined) {
    throw new Error(
      `${JSON.stringify(endpoint)} is no etcd endpoint: give them as https://HOST:PORT or http://HOST:PORT`,
    );
  }
  if (!endpoints[0]!.startsWith(`${scheme}:`)) throw new Error("the etcd endpoints must be all https or all http");
  if (scheme === "http" && tls?.ca !== undefined) {
    throw new Error(`certificates are given, but ${endpoint} says http: write https://${target}`);
  }
  const pem = (text: string | undefined): Buffer | null => (text === undefined ? null : Buffer.from(text));
  const host = target.slice(0, target.lastIndexOf(":")).replace(/^\[(.*)\]$/, "$1");
  const security =
    scheme === "https"
      ? credentials.createSsl(pem(tls?.ca), pem(tls?.key), pem(tls?.cert), {
          checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
        })
      : credentials.createInsecure();
  return new Client(target, security, {
    "grpc.initial_reconnect_backoff_ms": 50,
    "grpc.min_reconnect_backoff_ms": 50,
    // A member that is back is to be found soon, most of all where it is the only one.
    "grpc.max_reconnect_backoff_ms": 250,
    "grpc.keepalive_time_ms": PING_MS,
    "grpc.keepalive_timeout_ms": PING_TIMEOUT_MS,
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
    // Two stores in one process must not share connections, nor a proxy's settings.
    "grpc.use_local_subchannel_pool": 1,
    "grpc.enable_http_proxy": 0,
    // An address may not be told as a server's name. The certificate is checked against the address all the same.
    ...(isIP(host) && { "grpc.ssl_target_name_override": "etcd" }),
  });
}
