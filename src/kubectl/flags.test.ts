import assert from "node:assert/strict";
import { test } from "node:test";
import {
  array,
  count,
  duration,
  durationText,
  FlagError,
  flagUsages,
  float,
  int,
  list,
  map,
  nearest,
  parseFlags,
  readDuration,
  text,
  toggle,
} from "./flags.ts";

const flags = {
  namespace: text({ short: "n", usage: "If present, the `namespace` to use" }),
  output: text({ short: "o", usage: "Output format", choices: ["json", "yaml"] }),
  watch: toggle({ short: "w", usage: "Watch for changes" }),
  all: toggle({ short: "A", usage: "All namespaces" }),
  wait: toggle({ usage: "Wait until done", default: true }),
  replicas: int({ usage: "How many", default: 1 }),
  ratio: float({ usage: "A share" }),
  timeout: duration({ usage: "How long", default: 90_000 }),
  verbose: count({ short: "v", usage: "Say more" }),
  files: list({ short: "f", usage: "Files" }),
  set: array({ usage: "Changes" }),
  labels: map({ short: "l", usage: "Labels" }),
  "dry-run": text({ usage: "Only show", default: "none", bare: "unchanged" }),
  secret: text({ usage: "Not for you", hidden: true }),
};

for (const { given, values = {}, args = [], dashAt = -1 } of [
  { given: "get pods", args: ["get", "pods"] },
  { given: "-n kube-system pods", values: { namespace: "kube-system" }, args: ["pods"] },
  { given: "pods -nkube-system", values: { namespace: "kube-system" }, args: ["pods"] },
  { given: "-n=x", values: { namespace: "x" } },
  { given: "--namespace x", values: { namespace: "x" } },
  { given: "--namespace=x=y", values: { namespace: "x=y" } },
  { given: "--namespace=", values: { namespace: "" } },
  { given: "-ojson", values: { output: "json" } },
  { given: "-ojsonpath={.a}", values: { output: "jsonpath={.a}" } },
  { given: "-wA", values: { watch: true, all: true } },
  { given: "-wAn x", values: { watch: true, all: true, namespace: "x" } },
  { given: "-w=false", values: { watch: false } },
  { given: "--watch false", values: { watch: true }, args: ["false"] },
  { given: "--wait=false", values: { wait: false } },
  { given: "--wait=F", values: { wait: false } },
  { given: "--replicas 3", values: { replicas: 3 } },
  { given: "--replicas=-3", values: { replicas: -3 } },
  { given: "--replicas -3", values: { replicas: -3 } },
  { given: "--ratio 0.5", values: { ratio: 0.5 } },
  { given: "--timeout 1h2m3.5s", values: { timeout: 3_723_500 } },
  { given: "-vvv", values: { verbose: 3 } },
  { given: "-v=5", values: { verbose: 5 } },
  { given: "-f a,b -f c", values: { files: ["a", "b", "c"] } },
  { given: `-f "a,b",c`, values: { files: ["a,b", "c"] } },
  { given: "--set a,b --set c", values: { set: ["a,b", "c"] } },
  { given: "-l a=b,c=d -l e=f", values: { labels: { a: "b", c: "d", e: "f" } } },
  { given: "-l a=b,c", values: { labels: { a: "b,c" } } },
  { given: "--dry-run", values: { "dry-run": "unchanged" } },
  { given: "--dry-run=client", values: { "dry-run": "client" } },
  { given: "--dry-run client", values: { "dry-run": "unchanged" }, args: ["client"] },
  { given: "--dry_run=server", values: { "dry-run": "server" } },
  { given: "exec pod -- ls -la -n x", args: ["exec", "pod", "ls", "-la", "-n", "x"], dashAt: 2 },
  { given: "-", args: ["-"] },
] as { given: string; values?: Record<string, unknown>; args?: string[]; dashAt?: number }[]) {
  test(`reads ${given}`, () => {
    const parsed = parseFlags(flags, given.split(" "));
    for (const [name, flag] of Object.entries(flags)) {
      assert.deepEqual(parsed.values[name as keyof typeof flags], values[name] ?? flag.initial, name);
    }
    assert.deepEqual([...parsed.changed].toSorted(), Object.keys(values).toSorted());
    assert.deepEqual(parsed.args, args);
    assert.equal(parsed.dashAt, dashAt);
  });
}

for (const [given, message] of [
  ["--nope", "unknown flag: --nope"],
  ["--namespcae=x", "unknown flag: --namespcae; did you mean --namespace?"],
  ["--names x", "unknown flag: --names; did you mean --namespace?"],
  ["--secre", "unknown flag: --secre"],
  ["-x", "unknown shorthand flag: 'x' in -x"],
  ["-wxA", "unknown shorthand flag: 'x' in -wxA"],
  ["--namespace", "flag needs an argument: --namespace"],
  ["-wn", "flag needs an argument: 'n' in -wn"],
  ["--=x", "bad flag syntax: --=x"],
  ["---x", "bad flag syntax: ---x"],
  ["--replicas=x", `invalid argument "x" for "--replicas" flag: strconv.ParseInt: parsing "x": invalid syntax`],
  ["--replicas=1.5", `invalid argument "1.5" for "--replicas" flag: strconv.ParseInt: parsing "1.5": invalid syntax`],
  ["-w=x", `invalid argument "x" for "-w, --watch" flag: strconv.ParseBool: parsing "x": invalid syntax`],
  ["--timeout=5", `invalid argument "5" for "--timeout" flag: time: missing unit in duration "5"`],
  ["--timeout=x", `invalid argument "x" for "--timeout" flag: time: invalid duration "x"`],
  ["-l a", `invalid argument "a" for "-l, --labels" flag: a must be formatted as key=value`],
] as const) {
  test(`refuses ${given}`, () => {
    assert.throws(
      () => parseFlags(flags, given.split(" ")),
      (error) => error instanceof FlagError && error.message === message,
    );
  });
}

test("help lists flags by name with their defaults, in pflag's layout", () => {
  const { namespace, wait, timeout, "dry-run": dryRun, secret, files } = flags;
  assert.equal(
    flagUsages({ namespace, wait, timeout, "dry-run": dryRun, secret, files }),
    `      --dry-run string[="unchanged"]   Only show (default "none")
  -f, --files strings                  Files
  -n, --namespace namespace            If present, the namespace to use
      --timeout duration               How long (default 1m30s)
      --wait                           Wait until done (default true)
`,
  );
});

test("durations read back as they are written", () => {
  for (const given of ["0s", "500ms", "1s", "1m30s", "1h0m0s", "-2h3m4.5s"]) {
    assert.equal(durationText(readDuration(given)), given);
  }
});

test("the nearest name is at most two errors away", () => {
  const names = ["up", "down", "status", "kubeconfig"];
  for (const [given, near] of [
    ["stauts", "status"],
    ["statu", "status"],
    ["dwon", "down"],
    ["kube", "kubeconfig"],
    ["xyz", undefined],
    ["u", undefined],
  ] as const) {
    assert.equal(nearest(given, names), near, given);
  }
});
