// `npm run build`: dist/ as the package ships it. The command line is one bundle in a few pieces, so that a start reads
// little and only what it needs; the library is JavaScript and types file by file.
//
// `--command` builds the command alone (what `npm start` needs); without it everything.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const root = resolve(import.meta.dirname, "..");
const command = join(root, "dist", "tiphys.js");

/** Whether sources or dependencies are newer than the built command. */
export function commandIsStale() {
  const built = statSync(command, { throwIfNoEntry: false })?.mtimeMs;
  if (built === undefined) return true;
  if (statSync(join(root, "package-lock.json")).mtimeMs > built) return true;
  return ["src", "adapters", "apps"].some((folder) => newerThan(join(root, folder), built));
}

function newerThan(folder, time) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() ? newerThan(path, time) : isSource(entry.name) && statSync(path).mtimeMs > time)
      return true;
  }
  return false;
}

function isSource(name) {
  return name.endsWith(".ts") && !name.endsWith(".test.ts");
}

/** Native code, and what is looked for but need not be there. */
const OUTSIDE = ["lmdb", "bufferutil", "utf-8-validate", "reflect-metadata"];

/** Packages written for CommonJS ask for others with `require`. */
const REQUIRE =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

export async function buildCommand() {
  const { build } = await import("esbuild");
  const pieces = join(root, "dist", "command");
  rmSync(pieces, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: { tiphys: "apps/tiphys/bin.ts" },
    outdir: "dist",
    chunkNames: "command/[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    external: OUTSIDE,
    banner: { js: REQUIRE },
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    logLevel: "warning",
  });
  chmodSync(command, 0o755);
}

function buildLibrary() {
  const compiler = join(root, "node_modules", ".bin", "tsc");
  const { status } = spawnSync(compiler, ["-p", "tsconfig.build.json"], { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const dist = join(root, "dist");
  if (!process.argv.includes("--command")) {
    if (existsSync(dist)) rmSync(dist, { recursive: true });
    mkdirSync(dist);
    buildLibrary();
  }
  await buildCommand();
  writeFileSync(join(dist, "package.json"), '{ "type": "module" }\n');
}
