/**
 * One request on its way through the pipeline: what came in, and what the stages have found out so far.
 */
import type { ApiRequest, ApiResponse, UserInfo } from "../machinery/door.ts";
import type { ChangeRecord } from "../store/store.ts";
import { ANONYMOUS } from "./authentication/authenticator.ts";
import { AuditAnnotations } from "./audit-annotations.ts";
import { causeOf } from "./changes/cause.ts";
import type { Classified } from "./flow/flow-control.ts";
import type { Negotiated } from "./encoding/negotiate.ts";
import type { Parts } from "./parts.ts";
import { Query } from "./query.ts";
import type { RequestInfo } from "./request-info.ts";
import type { Resource } from "./resource.ts";
import { Warnings } from "./warnings.ts";
import type { WriteAttempt } from "./write.ts";

/** Answers a request; stages before it have checked that it may. */
export type Handler = (exchange: Exchange) => ApiResponse | Promise<ApiResponse>;

export type Timing = readonly [stage: string, began: number, ended: number];

export class Exchange {
  /** Of reads of the past with the store as it was then. */
  parts: Parts;
  readonly request: ApiRequest;
  /** Milliseconds since the epoch. */
  readonly received: number;
  readonly query: Query;
  /** Texts for `Warning: 299` headers, in order. */
  warnings: Warnings | undefined;
  /** Begin and end of each stage, relative to `received`. */
  readonly timings: Timing[] = [];

  /** Set by the stage request info. */
  declare info: RequestInfo;
  /** The moment that is asked about; undefined: now. Set by the stage request info. */
  asOf: string | undefined;
  /** Set by authenticate, changed by impersonate. */
  user: UserInfo = ANONYMOUS;
  auditId = "";
  /** Set by flow control, but for requests that go on for long. */
  flow: Classified | undefined;
  /** Set by route. */
  resource: Resource | undefined;
  handler: Handler | undefined;
  negotiated: Negotiated | undefined;
  /** Set by whichever stage answers; later stages do not run then. */
  response: ApiResponse | undefined;

  /** Runs one try of a write through its stages. */
  readonly runWrite: (attempt: WriteAttempt) => Promise<void>;

  constructor(parts: Parts, request: ApiRequest, runWrite: (attempt: WriteAttempt) => Promise<void>) {
    this.parts = parts;
    this.runWrite = runWrite;
    this.request = request;
    this.received = parts.clock.now();
    this.query = new Query(request.query);
  }

  /** Milliseconds since the request came in. */
  elapsed(): number {
    return this.parts.clock.now() - this.received;
  }

  /** Notes that a stage which began at `began` is over, and says when: the next one begins there. */
  ended(stage: string, began: number): number {
    const ended = this.elapsed();
    this.timings.push([stage, began, ended]);
    return ended;
  }

  readonly #finishers: (() => void)[] = [];

  /** Runs `action` once the answer is made, whatever it is. */
  onFinish(action: () => void): void {
    this.#finishers.push(action);
  }

  finished(): void {
    for (const action of this.#finishers.splice(0)) action();
  }

  get userAgent(): string {
    return this.request.headers["user-agent"] ?? "";
  }

  warn(text: string): void {
    (this.warnings ??= new Warnings()).add(text);
  }

  /** What admission noted for whoever audits; undefined where there is nothing. */
  annotations: AuditAnnotations | undefined;
  /** Has it been told in the record of a revision? */
  recorded = false;

  annotate(key: string, value: string): void {
    (this.annotations ??= new AuditAnnotations()).add(key, value);
  }

  /** Who does this, how, and because of what; kept with the revision the request makes. */
  changeRecord(): ChangeRecord {
    this.recorded = true;
    return {
      user: this.user.username,
      userAgent: this.userAgent,
      verb: this.info.verb,
      path: this.info.path,
      received: this.received,
      // Most stages take no time that the clock can tell: leaving these out halves what a revision costs to keep.
      stages: this.timings.filter(([, began, ended]) => ended > began),
      ...causeOf(this.request),
      ...(this.annotations && { audit: this.annotations.forRecord() }),
    };
  }
}
