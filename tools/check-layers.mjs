// Who may import whom. Reads every import of src, adapters and apps and fails on one that goes against the
// dependencies drawn in ARCHITECTURE.md. The compiler keeps `node:` out of the core; this keeps the parts apart.
import { readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");

/** Part → the parts it may import. Tests may also use `testing` folders and whatever they join. */
const allowed = {
  machinery: [],
  api: ["machinery"],
  store: ["machinery"],
  client: ["machinery", "api"],
  server: ["machinery", "api", "store"],
  controllers: ["machinery", "api", "client"],
  scheduler: ["machinery", "api", "client"],
  kubelet: ["machinery", "api", "client"],
  network: ["machinery", "api", "client"],
  cloud: ["machinery", "api", "client"],
  kubectl: ["machinery", "api", "client"],
  story: ["machinery", "api", "client"],
};
/** Pure-JavaScript packages without I/O that the core may use. */
const packages = ["js-yaml", "re2js", "@bufbuild/cel"];

function* files(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* files(path);
    else if (name.endsWith(".ts") || name.endsWith(".tsx")) yield path;
  }
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^"';]*?from\s*"([^"]+)"|(?:^|\n)\s*import\s*"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/g;
const wrong = [];
let count = 0;
for (const top of ["src", "adapters", "apps"]) {
  for (const file of files(join(root, top))) {
    const place = relative(root, file);
    const test = /\.test\.ts$|\.contract\.ts$|\/testing\//.test(place);
    for (const match of readFileSync(file, "utf8").matchAll(IMPORT)) {
      const target = match[1] ?? match[2] ?? match[3];
      count++;
      const problem = check(place, target, test);
      if (problem) wrong.push(`${place}: imports ${target}: ${problem}`);
    }
  }
}

function check(place, target, test) {
  const [top, part] = place.split("/");
  if (!target.startsWith(".")) {
    if (top !== "src" || test) return undefined;
    return packages.includes(target) ? undefined : "the core takes what is outside through a port";
  }
  const [otherTop, otherPart] = relative(root, resolve(root, dirname(place), target)).split("/");
  if (top === "src") {
    if (test) return undefined;
    if (otherTop !== "src") return "the core knows no adapter and no app";
    if (part === otherPart || allowed[part]?.includes(otherPart)) return undefined;
    return `${part} may import only ${allowed[part]?.join(", ") || "nothing"}`;
  }
  if (top === "adapters" && otherTop === "apps" && !test) return "an adapter knows no app";
  return undefined;
}

if (count === 0) wrong.push("no import was found: the check itself is broken");
for (const line of wrong) console.error(line);
console.log(`${count} imports checked, ${wrong.length} against the layers`);
process.exit(wrong.length ? 1 : 0);
