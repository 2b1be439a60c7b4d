// Installs the npm packages when they are missing or older than package-lock.json. Runs on Node 20's builtins alone.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * Installs in `root` where needed; ends the process with one sentence when that fails. Not `npm ci`: that refuses a lock
 * file written where the registry lacks packages of other platforms. `npm install` takes the versions of the lock file
 * too, and with `--no-save` leaves it as it is.
 */
export function installPackages(root, say, extra = []) {
  const mark = join(root, "node_modules", ".package-lock.json");
  const node = join(root, "node_modules", ".bin", "node");
  const current =
    existsSync(mark) && existsSync(node) && statSync(mark).mtimeMs >= statSync(join(root, "package-lock.json")).mtimeMs;
  if (current) return;
  say("installing npm packages");
  const { status } = spawnSync(
    "npm",
    ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error", ...extra],
    {
      cwd: root,
      stdio: "inherit",
    },
  );
  if (status === 0) return;
  console.error("npm install failed: see npm's message above; the npm registry must be reachable once.");
  process.exit(1);
}
