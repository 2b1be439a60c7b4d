/** Upgraded connections: exec, attach and port-forward over WebSocket and SPDY, both sides of each. */
export { connectRemote, UpgradeRefused, type Remote, type RemoteOptions } from "./connect.ts";
export { refuse, upgradeRequest, type UpgradeRequest } from "./serve.ts";
export { openCommand, openPortForward, serveSpdy, type CommandStreams } from "./spdy-channels.ts";
