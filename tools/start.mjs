// `npm start`: brings what is missing (npm packages, the build, containerd), then runs `tiphys up` in the foreground.
// What stands after `--` goes to it: `npm start -- --port 7000`. Runs on Node 20 with its builtin modules alone.
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { commandIsStale } from "./build.mjs";
import { hasApt, installDebian } from "./debian.mjs";
import { installPackages } from "./npm-packages.mjs";

const root = resolve(import.meta.dirname, "..");
const say = (text) => console.log(`tiphys: ${text}`);

/** Debian packages that real containers need, each with the file that shows it is there. */
const PACKAGES = {
  containerd: ["/usr/bin/containerd", "/usr/local/bin/containerd"],
  runc: ["/usr/sbin/runc", "/usr/bin/runc", "/usr/local/sbin/runc"],
  "containernetworking-plugins": ["/usr/lib/cni/bridge", "/opt/cni/bin/bridge"],
  nftables: ["/usr/sbin/nft"],
  conntrack: ["/usr/sbin/conntrack"],
  iproute2: ["/usr/sbin/ip", "/usr/bin/ip", "/sbin/ip"],
};

const args = process.argv.slice(2);
installPackages(root, say);
const node = join(root, "node_modules", ".bin", "node");
if (commandIsStale()) {
  say("building");
  run(node, ["tools/build.mjs", "--command"], "the build failed: see the message above");
}
if (wantsContainerd(args)) {
  const why = bringContainerd();
  if (why) {
    say(`${why}; pods are simulated, no container really runs`);
    args.push("--runtime", "sim");
  }
}
become(node, [join(root, "dist", "tiphys.js"), "up", ...args]);

/** Unless another runtime was asked for, or nothing that needs one. */
function wantsContainerd(given) {
  if (process.platform !== "linux") return !given.some((word) => word.startsWith("--runtime"));
  const value = (name) => {
    const at = given.findIndex((word) => word === name || word.startsWith(`${name}=`));
    return at < 0 ? undefined : given[at].includes("=") ? given[at].split("=")[1] : given[at + 1];
  };
  if (given.includes("--help") || given.includes("-h")) return false;
  if (value("--container-runtime-endpoint") !== undefined || value("--runtime") !== undefined) return false;
  if (Number(value("--nodes") ?? 1) > 1) return false;
  return value("--components")?.split(",").includes("kubelet") ?? true;
}

/** Installs what is missing. Gives why it cannot, with what to do. */
function bringContainerd() {
  if (process.platform !== "linux") return "real containers need Linux";
  if (process.getuid() !== 0) return "real containers need root (try: sudo npm start)";
  const missing = Object.keys(PACKAGES).filter((name) => !PACKAGES[name].some((path) => existsSync(path)));
  if (missing.length === 0) return undefined;
  if (!hasApt()) {
    return `${missing.join(", ")} must be installed for real containers, and this system has no apt to do it with`;
  }
  say(`installing ${missing.join(", ")} from the distribution (apt-get install)`);
  return installDebian(missing) ? undefined : `installing ${missing.join(", ")} failed (see apt-get's message above)`;
}

function run(program, words, failure) {
  const { status } = spawnSync(program, words, { cwd: root, stdio: "inherit" });
  if (status === 0) return;
  console.error(`tiphys: ${failure}`);
  process.exit(1);
}

/** This process turns into `program` where node can do that; otherwise it waits for it and passes signals on. */
function become(program, words) {
  if (typeof process.execve === "function") process.execve(program, [program, ...words], process.env);
  const child = spawn(program, words, { stdio: "inherit" });
  // A terminal sends Ctrl-C to both processes: there it must not be passed on.
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}
