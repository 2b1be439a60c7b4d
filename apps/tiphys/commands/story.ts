/** `tiphys story KIND/NAME`: what happened to an object, who did it, because of what, and where the time went. */
import type { Client } from "../../../src/client/index.ts";
import { StatusError } from "../../../src/machinery/errors.ts";
import {
  type Act,
  type Asked,
  buildStory,
  chosen,
  criticalPath,
  followChanges,
  Follower,
  readChanges,
  type Story,
  storyText,
  type TextOptions,
} from "../../../src/story/index.ts";
import { type Invocation, UserError } from "../command.ts";
import { refusal, withCluster } from "../connect.ts";
import { stopSignal } from "../stop-signal.ts";
import type { storyFlags } from "./state.commands.ts";

type Flags = Invocation<typeof storyFlags>["values"];

/** Columns where the output is no terminal. */
const PLAIN_WIDTH = 100;

export async function story({ values, args }: Invocation<typeof storyFlags>): Promise<number> {
  if (values.output !== "text" && values.output !== "json") {
    throw new UserError(`output format "${values.output}" is not known: it is text or json`);
  }
  return withCluster("story", values, async ({ client, server, namespace }) => {
    const asked: Asked = { object: objectOf(args), namespace: values.namespace || namespace };
    try {
      return values.follow ? await follow(client, asked, values) : await show(client, asked, values);
    } catch (error) {
      throw told(error, server.url);
    }
  });
}

/** `deployment/web`, or `deployment web` as kubectl also takes it. */
function objectOf(args: readonly string[]): string {
  const [first = "", second] = args;
  if (args.length === 1 && /^[^/]+\/[^/]+$/.test(first)) return first;
  if (args.length === 2 && !args.some((word) => word.includes("/"))) return `${first}/${second}`;
  throw new UserError('whose story? Say "tiphys story KIND/NAME", for example "tiphys story deployment/web"');
}

async function show(client: Client, asked: Asked, values: Flags): Promise<number> {
  const { items, metadata } = await readChanges(client, asked);
  const whole = buildStory(items);
  const chapters = chaptersOf(whole, values);
  if (isJson(values)) {
    const document = { object: asked.object, namespace: asked.namespace || "default", ...metadata };
    const told = chapters.map((chapter) => ({ ...chapter, criticalPath: criticalPath(chapter, whole) }));
    process.stdout.write(`${JSON.stringify({ ...document, chapters: told }, null, 2)}\n`);
    return 0;
  }
  if (chapters.length === 0) {
    const when = values.since > 0 ? "in that time" : "as far back as the log goes";
    process.stdout.write(`nothing happened to ${asked.object} ${when}\n`);
    return 0;
  }
  process.stdout.write(storyText(whole, chapters, optionsOf(values)));
  const earlier = whole.chapters.length - chapters.length;
  if (earlier > 0 && !values.since) {
    const stories = earlier === 1 ? "one more story" : `${earlier} more stories`;
    process.stderr.write(`\n${stories} of it: tiphys story --all ${asked.object}\n`);
  }
  if (metadata.truncated) process.stderr.write("the beginning is missing: the story is longer than one answer takes\n");
  return 0;
}

/** Shows the last chapter, and then each new act as it happens, until Ctrl-C. */
async function follow(client: Client, asked: Asked, values: Flags): Promise<number> {
  const stop = new AbortController();
  void stopSignal().then(() => stop.abort());
  const options = optionsOf(values);
  const follower = new Follower(options);
  const known = await knownChanges(client, asked);
  const whole = buildStory(known.items);
  if (!isJson(values)) {
    const chapters = chaptersOf(whole, values);
    if (chapters.length === 0) process.stderr.write(`waiting for ${asked.object}\n`);
    process.stdout.write(storyText(whole, chapters, options));
  }
  try {
    for await (const change of followChanges(client, asked, stop.signal)) {
      if (isJson(values)) process.stdout.write(`${JSON.stringify(change)}\n`);
      else if (change.revision <= known.until) follower.skip(change);
      else process.stdout.write(follower.add(change));
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  }
  if (!stop.signal.aborted)
    throw new UserError("the server ended the story: it is stopping, or this reader was too slow");
  return 0;
}

/** What there is already; nothing where the object is still to come. */
async function knownChanges(client: Client, asked: Asked) {
  try {
    const { items, metadata } = await readChanges(client, asked);
    return { items, until: Number(metadata.resourceVersion) };
  } catch (error) {
    if (error instanceof StatusError && isMissingObject(error)) return { items: [], until: 0 };
    throw error;
  }
}

function chaptersOf(whole: Story, { all, since }: Flags): readonly Act[] {
  return chosen(whole, { all, ...(since > 0 && { since: Date.now() - since }) });
}

const isJson = ({ json, output }: Flags): boolean => json || output === "json";

function optionsOf({ full }: Flags): TextOptions {
  const { isTTY, columns } = process.stdout;
  return { width: isTTY ? columns : PLAIN_WIDTH, colors: isTTY && !process.env["NO_COLOR"], full };
}

/** A Status that names the object, and not a server without this path. */
const isMissingObject = ({ status }: StatusError): boolean => status.code === 404 && Boolean(status.details?.name);

function told(error: unknown, url: string): unknown {
  if (error instanceof StatusError && error.status.code === 404 && !isMissingObject(error)) {
    return new UserError(`the server at ${url} keeps no story: it is not Tiphys, or an older one`);
  }
  return refusal(error, url, "GET", "/tiphys/v1/changes");
}
