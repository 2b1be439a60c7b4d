/** What a namespace's labels ask of its pods, and what of the labels cannot be read. */
import type { FieldError } from "../../../machinery/field-errors.ts";
import { invalid } from "../../../machinery/field-errors.ts";

export const PREFIX = "pod-security.kubernetes.io/";
export const LEVELS = ["privileged", "baseline", "restricted"] as const;
export const MODES = ["enforce", "audit", "warn"] as const;
const LATEST = "latest";
const MAJOR = "v1.";
const VERSION = /^v1\.(0|[1-9]\d{0,17})$/;

export type Labels = Readonly<Record<string, string>>;
export type Level = (typeof LEVELS)[number];
type Mode = (typeof MODES)[number];

export interface LevelVersion {
  readonly level: Level;
  /** As in the label: `latest`, `v1.24`. */
  readonly version: string;
  /** The minor version whose rules count; of `latest` the greatest number there is. */
  readonly minor: number;
  /** As in messages: `restricted:latest`, `baseline:v1.24`. */
  readonly text: string;
}

export type Levels = Readonly<Record<Mode, LevelVersion>>;

export interface Policy extends Levels {
  /** What cannot be read of the labels. */
  readonly errors: readonly FieldError[];
  /** There is nothing to look for, in pods and in templates. */
  readonly idle: boolean;
}

/** What labels ask, where `defaults` holds for those that a namespace has not. Read once of labels, which many pods ask for. */
export function policies(defaults: Levels): (labels: Labels) => Policy {
  const known = new WeakMap<Labels, Policy>();
  return (labels) => {
    let policy = known.get(labels);
    if (policy === undefined) {
      const levels = levelsOf(labels, defaults);
      const errors = labelErrors(labels);
      const idle = errors.length === 0 && allowAll(levels.enforce, levels.audit, levels.warn);
      known.set(labels, (policy = { ...levels, errors, idle }));
    }
    return policy;
  };
}

export const allowAll = (...asked: readonly LevelVersion[]): boolean =>
  asked.every(({ level }) => level === "privileged");

/** What the labels say; of a label that cannot be read the strictest, or for what is only told, nothing. */
function levelsOf(labels: Labels, defaults: Levels): Levels {
  const enforce = levelOf(labels, "enforce", defaults.enforce, "restricted");
  const audit = levelOf(labels, "audit", defaults.audit, "privileged");
  const warn = levelOf(labels, "warn", defaults.warn, "privileged");
  // Who enforces but says nothing of warnings warns of the same: templates are not refused, but their pods will be.
  const warnsToo =
    !(`${PREFIX}warn` in labels) && isLevel(labels[`${PREFIX}enforce`]) && isStricter(enforce.level, warn.level);
  if (!warnsToo) return { enforce, audit, warn };
  const { version } = `${PREFIX}warn-version` in labels ? warn : enforce;
  return { enforce, audit, warn: levelVersion(enforce.level, version) };
}

export const isStricter = (level: Level, other: Level): boolean => LEVELS.indexOf(level) > LEVELS.indexOf(other);

function levelOf(labels: Labels, mode: Mode, otherwise: LevelVersion, unreadable: Level): LevelVersion {
  const level = labels[PREFIX + mode];
  return levelVersion(
    level === undefined ? otherwise.level : isLevel(level) ? level : unreadable,
    labels[`${PREFIX}${mode}-version`] ?? otherwise.version,
  );
}

/** A version that cannot be read is the latest. */
export function levelVersion(level: Level, asked: string): LevelVersion {
  const version = VERSION.test(asked) ? asked : LATEST;
  const minor = version === LATEST ? Number.POSITIVE_INFINITY : Number(version.slice(MAJOR.length));
  return { level, version, minor, text: `${level}:${version}` };
}

const isLevel = (text: unknown): text is Level => (LEVELS as readonly unknown[]).includes(text);

export function labelErrors(labels: Labels): FieldError[] {
  return levelErrors(
    (name) => labels[PREFIX + name],
    (name) => `metadata.labels[${PREFIX}${name}]`,
  );
}

/** Of the names `enforce`, `enforce-version` and so on. */
export function levelErrors(valueOf: (name: string) => unknown, pathOf: (name: string) => string): FieldError[] {
  const errors: FieldError[] = [];
  for (const mode of MODES) {
    const level = valueOf(mode);
    if (level !== undefined && !isLevel(level)) {
      errors.push(invalid(pathOf(mode), level, `must be one of ${LEVELS.join(", ")}`));
    }
    const name = `${mode}-version`;
    const version = valueOf(name);
    if (version !== undefined && version !== LATEST && !(typeof version === "string" && VERSION.test(version))) {
      errors.push(invalid(pathOf(name), version, `must be "latest" or "v1.x"`));
    }
  }
  return errors;
}
