import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { find, helpText, read, UserError } from "./command.ts";
import { root } from "./commands/index.ts";
import { chosen } from "./chosen-controllers.ts";
import { explain } from "./explain.ts";
import { PACKAGE_VERSION } from "./version.ts";

const bin = join(import.meta.dirname, "bin.ts");

function tiphys(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
}

for (const [line, path, rest] of [
  ["up --port 7000", "tiphys up", ["--port", "7000"]],
  ["image list -h", "tiphys image list", ["-h"]],
  ["image", "tiphys image", []],
  ["--version", "tiphys", ["--version"]],
] as const) {
  test(`"${line}" is the command ${path}`, () => {
    const found = find(root, line.split(" "));
    assert.equal(found.path, path);
    assert.deepEqual(found.rest, rest);
  });
}

for (const [line, message] of [
  ["stauts", 'unknown command "stauts" for "tiphys". Did you mean "tiphys status"?'],
  ["xyz", 'unknown command "xyz" for "tiphys". See "tiphys --help" for the commands there are.'],
  ["image imprt x", 'unknown command "imprt" for "tiphys image". Did you mean "tiphys image import"?'],
  ["up --prot 1", 'unknown flag: --prot; did you mean --port? See "tiphys up --help".'],
  ["up --port", 'flag needs an argument: --port. See "tiphys up --help".'],
  ["up now", 'unexpected argument "now". See "tiphys up --help".'],
] as const) {
  test(`"${line}" says what is wrong and where to look`, () => {
    assert.throws(
      () => read(find(root, line.split(" "))),
      (error) => error instanceof UserError && error.message === message,
    );
  });
}

test("every command has help that names its flags", () => {
  const visit = (words: readonly string[]): void => {
    const found = find(root, words);
    const text = helpText(found);
    for (const name of Object.keys(found.command.flags)) assert.ok(text.includes(`--${name}`), `${found.path} ${name}`);
    assert.match(text, /^Usage:$/m);
    for (const { name } of found.command.commands ?? []) visit([...words, name]);
  };
  visit([]);
});

test("a process answers help on standard output with 0, a mistake on standard error with 1", () => {
  const help = tiphys("help", "up");
  assert.equal(help.status, 0);
  assert.match(help.stdout, /--data-dir DIR/);
  const mistake = tiphys("pu");
  assert.deepEqual([mistake.status, mistake.stdout], [1, ""]);
  assert.match(mistake.stderr, /^tiphys: unknown command "pu"/);
  assert.match(tiphys("--version").stdout, /^Tiphys \d/);
});

for (const [args, message] of [
  [["up", "--nodes", "0"], /at least one node/],
  [["up", "--nodes", "2", "--runtime", "containerd"], /needs --runtime sim/],
  [["up", "--runtime", "docker"], /there are containerd and sim/],
  [["up", "--components", "kubelt"], /unknown component "kubelt"/],
  [["up", "--components", "kubelet"], /always runs kube-apiserver/],
  [["up", "--port", "70000"], /ports are 1 to 65535/],
  [["up", "--token-auth-file", "/nowhere/tokens"], /there is no \/nowhere\/tokens/],
  [["down", "--data-dir", "/nowhere"], /there is no cluster in \/nowhere/],
  [["reset", "--data-dir", "/nowhere", "--yes"], /nothing to remove/],
  [["kubeconfig", "--data-dir", "/nowhere"], /start one with "tiphys up"/],
  [["image", "import"], /which archive/],
  [["completion", "tcsh"], /which shell/],
] as const) {
  test(`tiphys ${args.join(" ")} ends with 1 and one sentence`, () => {
    const { status, stderr } = tiphys(...args);
    assert.equal(status, 1);
    assert.match(stderr, message);
    assert.equal(stderr.trim().split("\n").length, 1);
  });
}

test("the bash completion is valid and completes commands, flags and values", (t) => {
  const script = tiphys("completion", "bash").stdout;
  const complete = (line: string): string[] | undefined => {
    const words = line.split(" ");
    const program = `${script}\nCOMP_WORDS=(${words.map((word) => `"${word}"`).join(" ")}); COMP_CWORD=${words.length - 1}; _tiphys; echo "\${COMPREPLY[@]}"`;
    const { status, stdout, error } = spawnSync("bash", ["-c", program], { encoding: "utf8" });
    if (error) return undefined;
    assert.equal(status, 0);
    return stdout.trim().split(" ");
  };
  if (!complete("tiphys ")) return t.skip("bash is not installed");
  assert.deepEqual(complete("tiphys sta"), ["status"]);
  assert.deepEqual(complete("tiphys image l"), ["list"]);
  assert.deepEqual(complete("tiphys up --run"), ["--runtime"]);
  assert.deepEqual(complete("tiphys up --runtime "), ["containerd", "sim"]);
});

for (const [given, names] of [
  [["*"], ["a", "b", "c"]],
  [
    ["*", "-b"],
    ["a", "b", "c"],
  ],
  [
    ["-b", "*"],
    ["a", "c"],
  ],
  [["b"], ["b"]],
] as const) {
  test(`--controllers ${given.join(",")} runs ${names.join(", ")}`, () => {
    assert.deepEqual(chosen(given, ["a", "b", "c"]), names);
  });
}

test("an unknown controller is named", () => {
  assert.throws(() => chosen(["deploymnt"], ["deployment"]), /did you mean deployment\?/);
});

for (const [fields, sentence] of [
  [{ code: "EADDRINUSE", port: 6443, syscall: "listen" }, /port 6443 is in use: .*--port/],
  [{ code: "EACCES", port: 80, syscall: "listen" }, /above 1023/],
  [{ code: "EACCES", path: "/d", syscall: "open" }, /no permission for \/d: .*--data-dir/],
  [{ code: "ENOSPC", path: "/d/x" }, /no space is left on the disk of \/d\/x/],
  [{ code: "ENOENT", path: "/d" }, /there is no \/d/],
] as const) {
  test(`${fields.code} becomes a sentence that says what to do`, () => {
    assert.match(explain(Object.assign(new Error("raw"), fields)).message, sentence);
  });
}

test("the version is package.json's", () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8")) as {
    version: string;
  };
  assert.equal(PACKAGE_VERSION, version);
});
