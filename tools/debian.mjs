// Packages of the distribution, where they can be had: on Debian's family, as root. Runs on Node 20's builtins alone.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Whether {@link installDebian} can do anything here. */
export function hasApt() {
  return process.getuid?.() === 0 && existsSync("/usr/bin/apt-get") && existsSync("/etc/debian_version");
}

/** Installs packages by name; false when that failed, with apt-get's own message on standard error. */
export function installDebian(names) {
  const options = {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  };
  const apt = (...words) => spawnSync("apt-get", words, options).status === 0;
  apt("update", "-qq");
  return apt("install", "-y", "-qq", "--no-install-recommends", ...names);
}
