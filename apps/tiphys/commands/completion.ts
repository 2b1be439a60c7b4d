/** Completion scripts: the words are asked of `tiphys` itself at build time, so the scripts need nothing while typing. */
import type { FlagSet } from "../../../src/kubectl/flags.ts";
import { type Command, UserError } from "../command.ts";

export async function completion(root: Command, [shell]: readonly string[]): Promise<number> {
  const scripts: Readonly<Record<string, (root: Command) => string>> = { bash, zsh, fish };
  const script = scripts[shell ?? ""];
  if (!script) throw new UserError(`which shell? "tiphys completion bash", "zsh" or "fish"`);
  process.stdout.write(script(root));
  return 0;
}

interface Place {
  /** Commands down to here, such as `image list`; empty for the root. */
  readonly path: string;
  readonly words: readonly string[];
  readonly flags: FlagSet;
}

function places(command: Command, path = ""): Place[] {
  const commands = command.commands ?? [];
  return [
    { path, words: commands.map(({ name }) => name), flags: command.flags },
    ...commands.flatMap((child) => places(child, path ? `${path} ${child.name}` : child.name)),
  ];
}

function flagNames(flags: FlagSet): string[] {
  return [
    ...Object.entries(flags)
      .filter(([, { hidden }]) => !hidden)
      .map(([name]) => `--${name}`),
    "--help",
  ];
}

/** Values for flags that have few, as `place|--flag` and the words. */
function choices(place: Place): [string, readonly string[]][] {
  return Object.entries(place.flags).flatMap(([name, { choices }]) =>
    choices ? [[`${place.path}|--${name}`, choices] as [string, readonly string[]]] : [],
  );
}

/** Finds the command typed so far, then offers its commands, its flags, or a flag's values; else files. */
function bash(root: Command): string {
  const all = places(root);
  const rows = (pairs: readonly (readonly [string, string])[]): string =>
    pairs.map(([name, words]) => `    "${name}") echo "${words}" ;;`).join("\n");
  return `# bash completion for tiphys
_tiphys_words() {
  case "$1" in
${rows(all.map(({ path, words, flags }) => [path, [...words, ...flagNames(flags)].join(" ")]))}
  esac
}
_tiphys_values() {
  case "$1" in
${rows(all.flatMap(choices).map(([name, words]) => [name, words.join(" ")]))}
  esac
}
_tiphys() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path="" word next
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    next="\${path:+$path }$word"
    [ -n "$(_tiphys_words "$next")" ] && path="$next"
  done
  local values="$(_tiphys_values "$path|$previous")"
  if [ -n "$values" ]; then
    COMPREPLY=($(compgen -W "$values" -- "$current"))
  else
    COMPREPLY=($(compgen -W "$(_tiphys_words "$path")" -- "$current"))
  fi
}
complete -o default -F _tiphys tiphys
`;
}

/** zsh runs bash's own completion functions. */
function zsh(root: Command): string {
  return `#compdef tiphys
autoload -U +X compinit && compinit
autoload -U +X bashcompinit && bashcompinit
${bash(root)}`;
}

function fish(root: Command): string {
  const lines = ["# fish completion for tiphys", "complete -c tiphys -f"];
  const quote = (text: string): string => `'${text.replaceAll("'", "\\'")}'`;
  const visit = (command: Command, path: readonly string[]): void => {
    const children = command.commands ?? [];
    const here =
      path.length === 0
        ? "__fish_use_subcommand"
        : [
            ...path.map((name) => `__fish_seen_subcommand_from ${name}`),
            ...(children.length > 0
              ? [`not __fish_seen_subcommand_from ${children.map(({ name }) => name).join(" ")}`]
              : []),
          ].join("; and ");
    for (const { name, summary } of children) {
      lines.push(`complete -c tiphys -n ${quote(here)} -a ${name} -d ${quote(summary)}`);
    }
    for (const [name, flag] of Object.entries(command.flags)) {
      if (flag.hidden) continue;
      const value = flag.bare !== undefined ? "" : flag.choices ? ` -x -a ${quote(flag.choices.join(" "))}` : " -r -F";
      const short = flag.short ? ` -s ${flag.short}` : "";
      const usage = quote(flag.usage.replaceAll("`", ""));
      lines.push(`complete -c tiphys -n ${quote(here)} -l ${name}${short}${value} -d ${usage}`);
    }
    for (const child of children) visit(child, [...path, child.name]);
  };
  visit(root, []);
  return `${lines.join("\n")}\n`;
}
