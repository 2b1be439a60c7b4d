/**
 * All commands. Their flags are in the files beside; what a command does is loaded when it runs, so that help, completion and mistakes
 * answer at once.
 */
import { toggle } from "../../../src/kubectl/flags.ts";
import { type Command, command } from "../command.ts";
import { down, image, join, kubeconfigCommand, reset, status, token, up } from "./cluster.commands.ts";
import { components } from "./component.commands.ts";
import { datastore, diff, fork, snapshot, story } from "./state.commands.ts";

export const completionFlags = {};

const completion = command({
  name: "completion",
  summary: "Print a completion script for bash, zsh or fish",
  arguments: "bash|zsh|fish",
  examples: ["source <(tiphys completion bash)", "tiphys completion fish | source"],
  flags: completionFlags,
  most: 1,
  run: async ({ args }) => (await import("./completion.ts")).completion(root, args),
});

export const root: Command = {
  name: "tiphys",
  summary: "A complete Kubernetes in one command",
  description: 'Tiphys is a complete Kubernetes in one command. Start with "tiphys up".',
  flags: { version: toggle({ usage: "Show the version" }) },
  commands: [
    up,
    join,
    down,
    status,
    reset,
    kubeconfigCommand,
    story,
    diff,
    fork,
    snapshot,
    image,
    token,
    datastore,
    ...components,
    completion,
  ],
};
