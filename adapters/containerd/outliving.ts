/**
 * Connections whose calls are carried out though the process that made them is killed.
 *
 * A runtime cancels the calls of a client that hangs up. Cancelled in the middle, StartContainer has run the container
 * and killed it again, so the next kubelet would have to start it a second time. So a second process, a small shell,
 * keeps the connection open: it ends with the connection when that is closed as usual, and {@link LINGER_SECONDS} after
 * our process when that was killed. By then the calls are done, and the next kubelet finds what came of them.
 */
import { spawn } from "node:child_process";
import type { Socket } from "node:net";
import { ChannelCredentials, credentials } from "@grpc/grpc-js";
import { TOOL_PATH } from "./machine.ts";

const LINGER_SECONDS = 30;
/** A line says that the connection is closed; an end without one that our process is gone. */
const KEEPER = `read -r closed || sleep ${LINGER_SECONDS}`;

type Connector = ReturnType<ChannelCredentials["_createSecureConnector"]>;

/** No credentials, and every connection kept open by a process of its own. */
export class OutlivingCredentials extends ChannelCredentials {
  readonly #plain = credentials.createInsecure();

  override _isSecure(): boolean {
    return false;
  }

  override _equals(other: ChannelCredentials): boolean {
    return other === this;
  }

  override _createSecureConnector(...given: Parameters<ChannelCredentials["_createSecureConnector"]>): Connector {
    const connector = this.#plain._createSecureConnector(...given);
    return {
      ...connector,
      connect(socket) {
        keepOpen(socket);
        return connector.connect(socket);
      },
    };
  }
}

/** A session of its own, so that Ctrl-C does not reach the keeper. */
function keepOpen(socket: Socket): void {
  const { fd } = (socket as unknown as { readonly _handle: { readonly fd: number } })._handle;
  const keeper = spawn("/bin/sh", ["-c", KEEPER], {
    stdio: ["pipe", "ignore", "ignore", fd],
    detached: true,
    cwd: "/",
    env: { PATH: TOOL_PATH },
  });
  const stdin = keeper.stdin as Socket;
  // Without a keeper the connection works all the same; it only ends with the process.
  keeper.on("error", () => {});
  stdin.on("error", () => {});
  keeper.unref();
  stdin.unref();
  socket.once("close", () => stdin.end("\n"));
}
