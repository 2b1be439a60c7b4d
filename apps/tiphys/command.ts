/** What a command is, its help text, and how a command line finds it. */
import {
  FlagError,
  type FlagSet,
  flagUsages,
  nearest,
  parseFlags,
  type ParsedFlags,
  toggle,
  type Values,
} from "../../src/kubectl/flags.ts";

export interface Invocation<F extends FlagSet = FlagSet> {
  readonly values: Values<F>;
  /** Names of the flags that were given. */
  readonly changed: ReadonlySet<string>;
  readonly args: readonly string[];
}

export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What stands behind the name, such as `KIND/NAME`. */
  readonly arguments?: string;
  /** Paragraphs for its own help. */
  readonly description?: string;
  readonly examples?: readonly string[];
  readonly flags: FlagSet;
  readonly commands?: readonly Command[];
  /** Most arguments it takes; fewer are its own business. */
  readonly most?: number;
  readonly run?: (invocation: Invocation<any>) => Promise<number>;
}

/** Keeps the flags' types for `run`. */
export function command<F extends FlagSet>(
  definition: Omit<Command, "flags" | "run"> & {
    readonly flags: F;
    readonly run?: (invocation: Invocation<F>) => Promise<number>;
  },
): Command {
  return definition;
}

/** A mistake or obstacle that the user can do something about: the message says what. */
export class UserError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode = 1, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

export interface Found {
  readonly command: Command;
  /** Names from the root down, such as `tiphys image list`. */
  readonly path: string;
  readonly rest: readonly string[];
}

/** Goes down the commands as far as the words name them. Throws {@link UserError} for a name that is none. */
export function find(root: Command, argv: readonly string[]): Found {
  let found: Found = { command: root, path: root.name, rest: argv };
  for (;;) {
    const commands: readonly Command[] | undefined = found.command.commands;
    const word = found.rest[0];
    if (!commands || word === undefined || word.startsWith("-")) return found;
    const next = commands.find(({ name }) => name === word);
    // What does something by itself takes words of its own beside its commands, such as `tiphys fork NAME`.
    if (!next && found.command.run) return found;
    if (!next) throw new UserError(unknown(found, word, commands));
    found = { command: next, path: `${found.path} ${next.name}`, rest: found.rest.slice(1) };
  }
}

function unknown({ path }: Found, word: string, commands: readonly Command[]): string {
  const near = nearest(
    word,
    commands.map(({ name }) => name),
  );
  const hint = near ? `Did you mean "${path} ${near}"?` : `See "${path} --help" for the commands there are.`;
  return `unknown command "${word}" for "${path}". ${hint}`;
}

const HELP = { help: toggle({ short: "h", usage: "Show this help" }) };

/** Reads the flags; `help` is among them. Throws {@link UserError} with where help is to be had. */
export function read({ command: { flags, most }, path, rest }: Found): ParsedFlags<FlagSet> {
  try {
    const parsed = parseFlags({ ...flags, ...HELP }, rest);
    if (most !== undefined && parsed.args.length > most && !parsed.values["help"]) {
      throw new FlagError(`unexpected argument "${parsed.args[most]}"`);
    }
    return parsed;
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    throw new UserError(`${error.message}${error.message.endsWith("?") ? "" : "."} See "${path} --help".`);
  }
}

export function helpText({ command, path }: Found): string {
  const parts = [command.description ?? `${command.summary}.`];
  const flags = Object.keys(command.flags).length > 0 || command.run ? " [flags]" : "";
  const usages: string[] = [];
  if (command.run) usages.push(`  ${path}${command.arguments ? ` ${command.arguments}` : ""}${flags}`);
  if (command.commands) usages.push(`  ${path} COMMAND`);
  parts.push(`Usage:\n${usages.join("\n")}`);
  if (command.examples) parts.push(`Examples:\n${command.examples.map((line) => `  ${line}`).join("\n")}`);
  if (command.commands) parts.push(`Commands:\n${commandList(command.commands)}`);
  parts.push(`Flags:\n${flagUsages({ ...command.flags, ...HELP }).trimEnd()}`);
  if (command.commands) parts.push(`"${path} COMMAND --help" says more about a command.`);
  return `${parts.join("\n\n")}\n`;
}

function commandList(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join("\n");
}
