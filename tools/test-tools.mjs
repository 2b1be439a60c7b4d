// Brings what the tests use beside npm's packages: from the distribution where root and apt are there, otherwise
// whatever is installed already. What stays missing is returned by name, and its tests are skipped and counted.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { hasApt, installDebian } from "./debian.mjs";

const folder = resolve(import.meta.dirname, "..", ".tools");

/** Debian packages installed system-wide, each with a file that shows it is there. */
const INSTALLED = {
  containerd: "/usr/bin/containerd",
  runc: "/usr/sbin/runc",
  "containernetworking-plugins": "/usr/lib/cni/bridge",
  nftables: "/usr/sbin/nft",
  iptables: "/usr/sbin/iptables",
  conntrack: "/usr/sbin/conntrack",
  iproute2: "/usr/bin/ip",
  "busybox-static": "/usr/bin/busybox",
  catatonit: "/usr/bin/catatonit",
  "docker-registry": "/usr/bin/docker-registry",
  skopeo: "/usr/bin/skopeo",
  gcc: "/usr/bin/gcc",
  "libc6-dev": "/usr/include/stdio.h",
  chromium: "/usr/bin/chromium",
  "python3-kubernetes": "/usr/lib/python3/dist-packages/kubernetes/__init__.py",
};

/**
 * Packages of any suite, only unpacked below `.tools`, because bookworm's are too old or several versions are wanted:
 * [package, suite, program, what tests know its path by].
 */
const UNPACKED = [
  ["kubectl", "sid", "usr/bin/kubectl", "KUBECTL"],
  ["kubectl", "trixie", "usr/bin/kubectl", "KUBECTL_1_32"],
  ["kubernetes-client", "bookworm", "usr/bin/kubectl", "KUBECTL_1_20"],
  ["etcd-server", "sid", "usr/bin/etcd", "ETCD"],
];

/** @returns {{ environment: Record<string, string>, missing: string[] }} paths for the tests, and what could not be had */
export function prepareTools(say) {
  const apt = hasApt();
  const absent = Object.keys(INSTALLED).filter((name) => !existsSync(INSTALLED[name]));
  if (absent.length && apt) {
    say(`installing ${absent.join(", ")} from the distribution`);
    installDebian(absent);
  }
  const environment = {};
  const missing = Object.keys(INSTALLED).filter((name) => !existsSync(INSTALLED[name]));
  for (const [name, suite, program, variable] of UNPACKED) {
    const path = join(folder, suite, name, program);
    if (!existsSync(path) && apt) unpack(name, suite, say);
    if (existsSync(path)) environment[`TIPHYS_TEST_${variable}`] = path;
    else missing.push(`${name} of Debian ${suite}`);
  }
  return { environment, missing };
}

/** Downloads one package of another suite with apt's own signature checks and unpacks it below `.tools`. */
function unpack(name, suite, say) {
  say(`fetching ${name} from Debian ${suite}`);
  const state = join(folder, "apt");
  for (const part of ["lists/partial", "cache/archives/partial"]) mkdirSync(join(state, part), { recursive: true });
  const sources = join(state, "sources.list");
  writeFileSync(
    sources,
    `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian ${suite} main\n`,
  );
  const options = [
    ["Dir::Etc::sourcelist", sources],
    ["Dir::Etc::sourceparts", "-"],
    ["Dir::State::lists", join(state, "lists")],
    ["Dir::Cache", join(state, "cache")],
    ["APT::Sandbox::User", "root"],
    // Mirrors may lag behind; what they have is signed all the same.
    ["Acquire::Check-Valid-Until", "false"],
  ].flatMap(([key, value]) => ["-o", `${key}=${value}`]);
  const packages = join(state, "packages");
  rmSync(packages, { recursive: true, force: true });
  mkdirSync(packages, { recursive: true });
  if (!run("apt-get", [...options, "-qq", "update"])) return;
  if (!run("apt-get", [...options, "-qq", "download", `${name}/${suite}`], packages)) return;
  const file = readdirSync(packages).find((entry) => entry.endsWith(".deb"));
  if (!file) return;
  mkdirSync(join(folder, suite), { recursive: true });
  execFileSync("dpkg-deb", ["-x", join(packages, file), join(folder, suite, name)]);
}

function run(command, args, cwd) {
  const result = spawnSync(command, args, { stdio: ["ignore", "ignore", "pipe"], cwd });
  if (result.status !== 0)
    console.error(`${command} ${args.at(-1)} failed: ${String(result.stderr).trim().split("\n").at(-1)}`);
  return result.status === 0;
}
