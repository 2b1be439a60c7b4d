/** One watch on a stream of its own. Pieces of a revision that came in several messages are told together. */
import { DatabaseCompacted, DatabaseUnavailable } from "../../src/store/shared-database.ts";
import type { DatabaseEvent, DatabaseSink, DatabaseWatch } from "../../src/store/shared-database.ts";
import type { Decoded } from "../../src/machinery/protobuf-wire.ts";
import type { EtcdConnection, Stream } from "./connection.ts";
import { endOf, WATCH } from "./messages.ts";
import type { EtcdTables } from "./messages.ts";

type Answer = Decoded<EtcdTables, "WatchResponse">;

export class EtcdWatch implements DatabaseWatch {
  readonly #connection: EtcdConnection;
  readonly #sink: DatabaseSink;
  readonly #ended: (watch: EtcdWatch) => void;
  #stream: Stream<"WatchRequest", "WatchResponse"> | undefined;
  #endpoint: number | undefined;
  #created = false;
  #over = false;
  #fragments: DatabaseEvent[] = [];

  constructor(
    connection: EtcdConnection,
    prefix: string,
    after: number,
    sink: DatabaseSink,
    ended: (watch: EtcdWatch) => void,
  ) {
    this.#connection = connection;
    this.#sink = sink;
    this.#ended = ended;
    this.#open(prefix, after).catch((error: unknown) => this.#lose(error as Error));
  }

  requestProgress(): void {
    if (this.#created && !this.#over) this.#stream!.write({ progress: {} });
  }

  close(silent?: "silent"): void {
    if (this.#over) return;
    this.#over = true;
    if (silent && this.#endpoint !== undefined) this.#connection.leave(this.#endpoint);
    this.#ended(this);
    this.#stream?.cancel();
  }

  async #open(prefix: string, after: number): Promise<void> {
    const { stream, endpoint } = await this.#connection.stream(WATCH);
    this.#stream = stream;
    this.#endpoint = endpoint;
    stream.on("data", (answer: Answer) => this.#answered(answer));
    stream.on("error", (error) => this.#lose(this.#connection.streamError(error, endpoint)));
    stream.on("end", () => this.#lose(new DatabaseUnavailable("etcd ended the watch")));
    if (this.#over) return stream.cancel();
    const create = {
      key: prefix,
      rangeEnd: endOf(prefix),
      startRevision: after + 1,
      progressNotify: true,
      fragment: true,
    };
    stream.write({ create });
  }

  #answered(answer: Answer): void {
    if (this.#over) return;
    if (answer.canceled) return this.#lose(canceled(answer));
    if (answer.created) {
      this.#created = true;
      return;
    }
    for (const { type, kv } of answer.events) {
      const { key, value, modRevision } = kv!;
      this.#fragments.push({ key, value: type === "DELETE" ? undefined : value, revision: modRevision });
    }
    if (answer.fragment) return;
    const events = this.#fragments;
    this.#fragments = [];
    if (events.length > 0) this.#sink.events(events);
    else this.#sink.progress(answer.header!.revision);
  }

  #lose(cause: Error): void {
    if (this.#over) return;
    this.close();
    this.#sink.lost(cause);
  }
}

function canceled({ compactRevision, cancelReason }: Answer): Error {
  if (compactRevision > 0) return new DatabaseCompacted(compactRevision);
  return new DatabaseUnavailable(`etcd ended the watch: ${cancelReason || "it did not say why"}`);
}
