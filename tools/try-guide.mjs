// Runs the commands of a guide as they stand: node tools/try-guide.mjs docs/guides/high-availability.md …
// Each `# on NAME` is a machine: network and mount namespaces with its own /var/lib, /srv, /var/backups and home, and an address on a
// bridge. A block without it is for `solo`, which has an etcd beside it. Needs root and ip, unshare; etcd, etcdutl, etcdctl and kubectl in
// PATH. Several guides go on with the same machines.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const ADDRESSES = { cp1: "10.0.0.1", cp2: "10.0.0.2", cp3: "10.0.0.3", node: "10.0.0.4", solo: "10.0.0.5" };
const folder = mkdtempSync(join(tmpdir(), "tiphys-guide-"));
writeFileSync(
  join(folder, "tiphys"),
  `#!/bin/sh\nexec ${process.execPath} ${join(root, "apps/tiphys/bin.ts")} "$@"\n`,
  {
    mode: 0o755,
  },
);

const run = (...words) => {
  const { status, stderr } = spawnSync(words[0], words.slice(1), { encoding: "utf8" });
  if (status !== 0) throw new Error(`${words.join(" ")}: ${stderr}`);
};

/** A shell in namespaces of its own that takes one block after the other. */
class Machine {
  constructor(name) {
    this.name = name;
    const setUp = [
      "mount --make-rprivate /",
      ...["/var/lib", "/srv", "/var/backups", "/root"].map((path) => `mount -t tmpfs tmpfs ${path}`),
      "cd /root",
      `export HOME=/root PATH=${folder}:$PATH`,
      "unset KUBECONFIG",
    ];
    this.shell = spawn("unshare", ["--net", "--mount", "--pid", "--fork", "--mount-proc", "--uts", "bash"], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.said = "";
    this.shell.stdout.on("data", (text) => {
      this.said += text;
      process.stdout.write(String(text).replaceAll(/--- 0\.\d+\n/g, ""));
    });
    // Its last words when it is ended are no news.
    this.shell.stderr.on("data", (text) => String(text).includes("sigprocmask") || process.stderr.write(text));
    this.shell.stdin.write(`hostname ${name}\n${setUp.join("\n")}\n`);
  }

  /** Resolves with what it printed; rejects where a command failed. */
  async block(text, variables = {}) {
    const mark = `--- ${Math.random()}`;
    this.said = "";
    const set = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
    this.shell.stdin.write(
      `${set.join("\n")}\nset -e; trap 'echo "${mark} failed"' ERR\n${text}\ntrap - ERR; set +e; echo "${mark}"\n`,
    );
    while (!this.said.includes(mark)) {
      if (this.shell.exitCode !== null) throw new Error(`a command on ${this.name} failed`);
      await new Promise((done) => setTimeout(done, 50));
    }
    if (this.said.includes(`${mark} failed`)) throw new Error(`a command on ${this.name} failed`);
    return this.said.replace(mark, "");
  }

  /** Puts it on the bridge. */
  async connect(bridge) {
    const [ours, theirs] = [`${bridge}-${this.name}`.slice(-15), "eth0"];
    await this.block("true");
    const { stdout } = spawnSync("pgrep", ["-P", String(this.shell.pid)], { encoding: "utf8" });
    run("ip", "link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", stdout.trim());
    this.link = ours;
    run("ip", "link", "set", ours, "master", bridge, "up");
    await this.block(`ip link set lo up; ip addr add ${ADDRESSES[this.name]}/24 dev eth0; ip link set eth0 up`);
  }
}

const machines = new Map();
const bridge = "tpguide";

async function main() {
  run("ip", "link", "add", bridge, "type", "bridge");
  run("ip", "link", "set", bridge, "up");
  for (const name of Object.keys(ADDRESSES)) {
    const machine = new Machine(name);
    machines.set(name, machine);
    await machine.connect(bridge);
  }
  const url = `http://${ADDRESSES.solo}`;
  await machines
    .get("solo")
    .block(
      `etcd --data-dir /var/lib/etcd --log-level error --listen-client-urls ${url}:2379,http://127.0.0.1:2379 --advertise-client-urls ${url}:2379 --listen-peer-urls ${url}:2380 &`,
    );
  let printed = {};
  for (const guide of process.argv.slice(2)) {
    for (const [, name = "solo", text] of readFileSync(guide, "utf8").matchAll(
      /```sh\n(?:# on (\w+)[^\n]*\n)?(.*?)```/gs,
    )) {
      console.log(`\n=== ${name}\n${text}`);
      const said = await machines.get(name).block(text, text.includes("$TOKEN") ? printed : {});
      const [, TOKEN, HASH] = /TIPHYS_JOIN_TOKEN=(\S+) .* --ca-hash (\S+)/.exec(said) ?? [];
      if (TOKEN) printed = { TOKEN, HASH };
    }
  }
  console.log("\nevery command did what it should");
}

function tearDown() {
  for (const { shell, link } of machines.values()) {
    // Its connections may keep the namespace for a while.
    if (link) run("ip", "link", "del", link);
    // The first process of a pid namespace takes all others with it.
    const { stdout } = spawnSync("pgrep", ["-P", String(shell.pid)], { encoding: "utf8" });
    if (stdout) process.kill(Number(stdout), "SIGKILL");
  }
  run("ip", "link", "del", bridge);
  rmSync(folder, { recursive: true, force: true });
}

// However it ends it takes its machines with it.
for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => process.exit(1));
process.on("exit", tearDown);
await main();
process.exit(0);
