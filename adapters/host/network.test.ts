/** gRPC probes are answered, and fail in upstream's words. */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { Server, ServerCredentials, status } from "@grpc/grpc-js";
import type { sendUnaryData, UntypedHandleCall } from "@grpc/grpc-js";
import { machineNetwork } from "./network.ts";

type Answer = (answer: sendUnaryData<Buffer>) => void;

/** A server with this answer to health checks, or without the service. */
async function serving(t: TestContext, answer: Answer | undefined): Promise<number> {
  const server = new Server();
  t.after(() => server.forceShutdown());
  const bytes = (given: Buffer): Buffer => given;
  const check = {
    path: "/grpc.health.v1.Health/Check",
    requestStream: false,
    responseStream: false,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  };
  const handle = ((_: unknown, done: sendUnaryData<Buffer>) => answer!(done)) as UntypedHandleCall;
  if (answer) server.addService({ check }, { check: handle });
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}

const state =
  (number: number): Answer =>
  (done) =>
    done(null, Buffer.from([8, number]));

for (const { rule, answer, says } of [
  { rule: "one that serves", answer: state(1), says: "SERVING" },
  { rule: "one that does not", answer: state(2), says: "NOT_SERVING" },
  {
    rule: "a service that it does not know",
    answer: ((done) => done({ code: status.NOT_FOUND, details: "unknown service" })) satisfies Answer,
    says: "error: health rpc probe failed: rpc error: code = NotFound desc = unknown service",
  },
  {
    rule: "one without health checks",
    answer: undefined,
    says: "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ",
  },
  { rule: "one that takes too long", answer: () => {}, says: "timeout: health rpc did not complete within 1s" },
]) {
  test(`${rule}: ${says}`, async (t) => {
    const port = await serving(t, answer);
    const said = await machineNetwork()
      .grpc("127.0.0.1", port, "", 1000)
      .catch((error: Error) => error.message);
    assert.ok(said.startsWith(says), said);
  });
}

test("one that nobody serves fails when the time is up", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => taken.once("listening", resolve));
  const { port } = taken.address() as AddressInfo;
  await new Promise((resolve) => taken.close(resolve));
  await assert.rejects(machineNetwork().grpc("127.0.0.1", port, "", 500), {
    message: `timeout: failed to connect service "127.0.0.1:${port}" within 500ms: context deadline exceeded`,
  });
});
