/**
 * Log lines on a stream: one line a message for people, or JSON (pino, loaded only then).
 *
 * `11:20:31.042 INFO  kube-scheduler: Bound the pod pod=default/web node=node-1`
 */
import type { Fields, Log } from "../../src/machinery/log.ts";

export type Level = "debug" | "info" | "warn" | "error";

export interface LogOptions {
  readonly format?: "text" | "json";
  /** The least that is written. Default: info. */
  readonly level?: Level;
  readonly stream?: { write(text: string): unknown };
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

const ORDER: Readonly<Record<Level, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
const LABEL: Readonly<Record<Level, string>> = { debug: "DEBUG", info: "INFO ", warn: "WARN ", error: "ERROR" };

/** A value longer than this is cut: log lines are to be read. */
const MAX_VALUE = 1000;

export async function openLog(options: LogOptions = {}): Promise<Log> {
  return options.format === "json" ? jsonLog(options) : textLog(options);
}

export function textLog({ level = "info", stream = process.stderr, now = Date.now }: LogOptions = {}): Log {
  const least = ORDER[level];
  const make = (component: string, context: string): Log => {
    const say = (at: Level) =>
      ORDER[at] < least
        ? () => {}
        : (message: string, fields?: Fields): void => {
            const time = new Date(now()).toISOString().slice(11, 23);
            const text = message.includes("\n") ? JSON.stringify(message) : message;
            stream.write(`${time} ${LABEL[at]} ${component}${text}${context}${fieldText(fields)}\n`);
          };
    return {
      debug: say("debug"),
      info: say("info"),
      warn: say("warn"),
      error: say("error"),
      child({ component: name, ...rest }) {
        return make(typeof name === "string" ? `${name}: ` : component, context + fieldText(rest));
      },
    };
  };
  return make("", "");
}

function fieldText(fields: Fields | undefined): string {
  let text = "";
  for (const name in fields) if (fields[name] !== undefined) text += ` ${name}=${valueText(fields[name])}`;
  return text;
}

/** Texts stand in quotes where they would not read as one word; objects are JSON. */
function valueText(value: unknown): string {
  const text = value instanceof Error ? value.message : typeof value === "string" ? value : undefined;
  const shown = text ?? JSON.stringify(value) ?? String(value);
  const cut = shown.length > MAX_VALUE ? `${shown.slice(0, MAX_VALUE)}…` : shown;
  return text === undefined || /^[^\s"=]+$/.test(cut) ? cut : JSON.stringify(cut);
}

async function jsonLog({ level = "info", stream, now = Date.now }: LogOptions): Promise<Log> {
  const { pino } = await import("pino");
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":${now()}`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const root = stream ? pino(options, stream as { write(text: string): void }) : pino(options, pino.destination(2));
  const wrap = (logger: typeof root): Log => ({
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
    child: (fields) => wrap(logger.child(fields)),
  });
  return wrap(root);
}
