/** What comes of a request whose client is gone by the time that its turn has been read. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { ApiRequest } from "../../src/machinery/door.ts";
import { silent } from "../../src/machinery/log.ts";
import { http1Server } from "./http1.ts";
import { http2Server } from "./http2.ts";
import { Running } from "./running.ts";

/** Its clients are gone before the turn ends. */
class Left extends Running {
  gone = (): void => {};

  override async whenRead(): Promise<void> {
    this.gone();
    await super.whenRead();
  }
}

const ASK: Record<string, (port: number) => { destroy(): void }> = {
  "HTTP/1.1": (port) => {
    const socket = connect(port, "127.0.0.1");
    socket.write("GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n");
    return socket;
  },
  "HTTP/2": (port) => {
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    session.on("error", () => {});
    session.request({ ":path": "/healthz" }).on("error", () => {});
    return session;
  },
};

for (const [version, ask] of Object.entries(ASK)) {
  test(`${version}: whose request it was is known also when its client is gone, and it ends`, async (t) => {
    const arrived = Promise.withResolvers<ApiRequest>();
    const running = new Left(async (request) => {
      arrived.resolve(request);
      return { status: 200, headers: {}, body: { form: "none" } };
    }, silent);
    const server = version === "HTTP/2" ? http2Server(running) : http1Server(running);
    server.on("connection", (socket) => (running.gone = () => void socket.destroy()));
    t.after(() => server.close());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const client = ask((server.address() as AddressInfo).port);
    t.after(() => client.destroy());
    const { path, peer } = await arrived.promise;
    assert.equal(path, "/healthz");
    assert.match(peer.address, /^127\.0\.0\.1:\d+$/);
    await running.stop();
  });
}
