/**
 * The one request path. Every request goes through REQUEST from top to bottom; one that writes an object goes through
 * WRITE inside of `serve`, once more for each time it loses a race against another writer.
 *
 * After `store` the revision is durable; the store tells the watches, and they the informers.
 */
import type { ApiRequest, ApiResponse } from "../machinery/door.ts";
import { Exchange } from "./exchange.ts";
import type { Parts } from "./parts.ts";
import { answerError, finish } from "./respond.ts";
import { asOf } from "./stages/as-of.ts";
import { audit } from "./stages/audit.ts";
import { authenticate } from "./stages/authenticate.ts";
import { authorize } from "./stages/authorize.ts";
import { catchUp } from "./stages/catch-up.ts";
import { decodeAndDefault } from "./stages/decode.ts";
import { admitFlow } from "./stages/flow-control.ts";
import { impersonate } from "./stages/impersonate.ts";
import { mutatingAdmission, validatingAdmission } from "./stages/admission.ts";
import { prepare } from "./stages/prepare.ts";
import { readRequestInfo } from "./stages/request-info.ts";
import { route } from "./stages/route.ts";
import { serve } from "./stages/serve.ts";
import { persist } from "./stages/store.ts";
import { validate } from "./stages/validate.ts";
import type { WriteAttempt } from "./write.ts";

export interface Stage<Of> {
  readonly name: string;
  /** Throws a StatusError to refuse. */
  run(of: Of): void | Promise<void>;
}

const stage = <Of>(name: string, run: (of: Of) => void | Promise<void>): Stage<Of> => ({ name, run });

export const REQUEST: readonly Stage<Exchange>[] = [
  stage("request info", readRequestInfo),
  stage("authenticate", authenticate),
  stage("audit", audit),
  stage("impersonate", impersonate),
  stage("flow control", admitFlow),
  stage("authorize", authorize),
  stage("catch up", catchUp),
  stage("as of", asOf),
  stage("route", route),
  stage("serve", serve),
];

export const WRITE: readonly Stage<WriteAttempt>[] = [
  stage("decode", decodeAndDefault),
  stage("mutating admission", mutatingAdmission),
  stage("prepare", prepare),
  stage("validate", validate),
  stage("validating admission", validatingAdmission),
  stage("store", persist),
];

/** Answers one request; never throws. */
export async function answer(parts: Parts, request: ApiRequest): Promise<ApiResponse> {
  const exchange = new Exchange(parts, request, runWrite);
  try {
    let began = 0;
    for (const { name, run } of REQUEST) {
      const running = run(exchange);
      if (running !== undefined) await running;
      began = exchange.ended(name, began);
      if (exchange.response !== undefined) break;
    }
  } catch (error) {
    exchange.response = answerError(exchange, error);
  }
  return finish(exchange);
}

async function runWrite(attempt: WriteAttempt): Promise<void> {
  const { exchange } = attempt;
  let began = exchange.elapsed();
  for (const { name, run } of WRITE) {
    const running = run(attempt);
    if (running !== undefined) await running;
    began = exchange.ended(name, began);
  }
}
