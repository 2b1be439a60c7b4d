/** Commands on what is and was in a cluster: its story, differences, copies and moves. What each does is loaded when it runs. */
import { duration, int, list, text, toggle } from "../../../src/kubectl/flags.ts";
import { command } from "../command.ts";
import { cluster, dataDir, encryption, etcdAccess, logging } from "./flags.ts";

export const storyFlags = {
  ...cluster,
  namespace: text({ short: "n", usage: "The object's `NAMESPACE` (default: the context's)" }),
  follow: toggle({ short: "f", usage: "Go on with what happens, until Ctrl-C" }),
  all: toggle({ usage: "Everything that the log has, not only the last that was asked for" }),
  since: duration({ usage: "What happened within this `TIME`, such as 10m" }),
  full: toggle({ usage: "Every step: nothing joined or left out, all stages and events" }),
  output: text({ short: "o", usage: "Output format", choices: ["text", "json"], default: "text" }),
  json: toggle({ usage: "The same as -o json" }),
};

export const story = command({
  name: "story",
  summary: "Tell what happened to an object: who did what, because of what, and where the time went",
  arguments: "KIND/NAME",
  examples: [
    "tiphys story deployment/web",
    "tiphys story pod web-749c557888-6hfh4 --full",
    "tiphys story -n shop deployment/web --follow",
    "tiphys story deployment/web --since 10m -o json",
  ],
  flags: storyFlags,
  most: 2,
  run: async (invocation) => (await import("./story.ts")).story(invocation),
});

export const diffFlags = {
  ...cluster,
  namespace: text({ short: "n", usage: "Only what is in this `NAMESPACE`" }),
  resource: list({ usage: "Only these `RESOURCES`, such as deploy,pods; `*` is all, Events and Leases too" }),
  output: text({ short: "o", usage: "Output format", choices: ["text", "yaml", "json"], default: "text" }),
};

export const diff = command({
  name: "diff",
  summary: "Show what changed in the cluster between two moments, or in a fork",
  arguments: "[FROM [TO]]",
  description:
    "Shows what came, went and changed between two moments: revisions (1234), times (2026-01-02T03:04:05Z), or how\n" +
    "long ago (15m); TO is now where it is not given. In a fork's context FROM may be left out: it is how the fork began.",
  examples: [
    "tiphys diff 15m",
    "tiphys diff 1234 1300 -n shop -o yaml",
    "tiphys diff 1h --resource deployments,pods",
    "tiphys diff --context tiphys-try           # what happened in the fork",
    "tiphys diff now fork/try                   # in what the fork differs from the cluster as it is now",
  ],
  flags: diffFlags,
  most: 2,
  run: async (invocation) => (await import("./diff.ts")).diff(invocation),
});

export const forkFlags = {
  ...cluster,
  components: list({
    usage: "What runs in it",
    default: ["kube-controller-manager", "kube-scheduler", "kubelet"],
    choices: ["kube-controller-manager", "kube-scheduler", "kubelet"],
  }),
  controllers: list({
    usage: "Controllers to run in it: `*` all, foo that one, -foo all but that one",
    default: ["*"],
  }),
};
export const forkListFlags = {
  ...cluster,
  output: text({ short: "o", usage: "Output format", choices: ["text", "json"], default: "text" }),
};
export const forkDeleteFlags = cluster;

export const fork = command({
  name: "fork",
  summary: "Make a copy of the running cluster, at once, to try something in",
  arguments: "NAME",
  description:
    "Makes a cluster of its own in the running one's process and memory: it begins with everything that has, and goes its\n" +
    "own way, with simulated nodes, so that nothing real is touched. It ends with the cluster, or when it is deleted.",
  examples: [
    "tiphys fork try",
    "kubectl --context tiphys-try drain node-1 --ignore-daemonsets",
    "tiphys diff --context tiphys-try",
    "tiphys reset --to fork --context tiphys-try",
    "tiphys fork delete try",
  ],
  flags: forkFlags,
  most: 1,
  run: async (invocation) => (await import("./fork.ts")).fork(invocation),
  commands: [
    command({
      name: "list",
      summary: "List the forks of the running cluster",
      flags: forkListFlags,
      most: 0,
      run: async (invocation) => (await import("./fork.ts")).listForks(invocation),
    }),
    command({
      name: "delete",
      summary: "End a fork and forget everything in it",
      arguments: "NAME",
      flags: forkDeleteFlags,
      most: 1,
      run: async (invocation) => (await import("./fork.ts")).deleteFork(invocation),
    }),
  ],
});

export const saveFlags = {
  ...cluster,
  at: text({ usage: "Take the state of this `MOMENT`: a revision, a time, or how long ago (default: now)" }),
  "include-keys": toggle({
    usage: "Also the cluster's keys and certificates, from its data directory on this machine",
  }),
  ...dataDir,
  force: toggle({ usage: "Replace a file that is there" }),
};
export const verifyFlags = {
  output: text({ short: "o", usage: "Output format", choices: ["text", "json"], default: "text" }),
};
export const restoreFlags = {
  ...dataDir,
  "datastore-endpoint": list({ usage: "etcd's `URLS`: restore into this etcd instead of the data directory" }),
  ...etcdAccess,
  "etcd-prefix": text({ usage: "What all keys in etcd begin with", default: "/registry" }),
  ...encryption,
  ...logging,
  force: toggle({
    usage: "Put a cluster that is there aside, inside of its data directory; in etcd, delete it",
  }),
  "revision-gap": int({
    usage:
      "How far the new cluster's revisions are beyond the snapshot's: more than were made after it " +
      "(default 1000000000; in etcd, where each is a write, 100000)",
  }),
};

export const snapshot = command({
  name: "snapshot",
  summary: "Save the whole state of a cluster to a file, verify such a file, or begin a cluster from it",
  flags: {},
  commands: [
    command({
      name: "save",
      summary: "Save all objects of the running cluster as they are at one moment, while it goes on",
      arguments: "FILE",
      examples: ["tiphys snapshot save monday.snapshot", "tiphys snapshot save --include-keys all.snapshot"],
      flags: saveFlags,
      most: 1,
      run: async (invocation) => (await import("./snapshot.ts")).save(invocation),
    }),
    command({
      name: "restore",
      summary: "Begin a cluster, that does not run yet, with what a snapshot holds",
      arguments: "FILE",
      examples: [
        "tiphys snapshot restore monday.snapshot --data-dir /srv/again",
        "tiphys snapshot restore monday.snapshot --datastore-endpoint http://127.0.0.1:2379",
      ],
      flags: restoreFlags,
      most: 1,
      run: async (invocation) => (await import("./snapshot.ts")).restore(invocation),
    }),
    command({
      name: "verify",
      summary: "Read a snapshot to its last byte: whether it is sound, and what it holds",
      arguments: "FILE",
      flags: verifyFlags,
      most: 1,
      run: async (invocation) => (await import("./snapshot.ts")).verify(invocation),
    }),
  ],
});

export const migrateFlags = {
  from: text({ usage: "Where the state is: a data directory `DIR`, or etcd's URLs" }),
  to: text({ usage: "Where it goes: an empty or new data directory `DIR`, or an empty etcd's URLs" }),
  ...etcdAccess,
  "etcd-prefix": text({ usage: "What all keys in etcd begin with", default: "/registry" }),
  ...encryption,
  ...logging,
};

export const datastore = command({
  name: "datastore",
  summary: "Move a cluster's state between the embedded store and etcd",
  flags: {},
  commands: [
    command({
      name: "migrate",
      summary: "Copy all objects into an empty store, and compare",
      description:
        "Copies all objects of a stopped cluster into an empty etcd or data directory and compares both. The source\n" +
        "is only read; a target that was not finished is marked and no API server starts on it.",
      examples: [
        "tiphys datastore migrate --from /var/lib/tiphys --to https://10.0.0.1:2379 --datastore-cafile ca.crt",
        "tiphys datastore migrate --from http://127.0.0.1:2379 --to /srv/tiphys",
      ],
      flags: migrateFlags,
      most: 0,
      run: async (invocation) => (await import("./datastore.ts")).migrateDatastore(invocation),
    }),
  ],
});
