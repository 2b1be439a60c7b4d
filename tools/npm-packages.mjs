// Installs the npm packages when they are missing or older than package-lock.json. Runs on Node 20's builtins alone.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { hasApt, installDebian } from "./debian.mjs";

/** What the `node` among the packages is linked against, and a fresh Debian does not have. */
const LIBRARY = "libatomic.so.1";
const LIBRARY_PACKAGE = "libatomic1";
const LIBRARY_FOLDERS = [
  "/usr/lib/x86_64-linux-gnu",
  "/usr/lib/aarch64-linux-gnu",
  "/usr/lib64",
  "/usr/lib",
  "/lib64",
  "/lib",
];

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
  const lacking = process.platform === "linux" && !LIBRARY_FOLDERS.some((folder) => existsSync(join(folder, LIBRARY)));
  if (lacking && hasApt()) {
    say(`installing ${LIBRARY_PACKAGE} from the distribution (apt-get install)`);
    installDebian([LIBRARY_PACKAGE]);
  }
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
  const hint = lacking && !hasApt() ? ` Node needs ${LIBRARY} (on Debian: apt install ${LIBRARY_PACKAGE}).` : "";
  console.error(`npm install failed: see npm's message above; the npm registry must be reachable once.${hint}`);
  process.exit(1);
}
