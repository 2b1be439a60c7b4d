/** What a namespace's labels ask of its pods, and what of the labels cannot be read. */
import type { FieldError } from "../../../machinery/field-errors.ts";
import { invalid } from "../../../machinery/field-errors.ts";

export const PREFIX = "pod-security.kubernetes.io/";
export const LEVELS = ["privileged", "baseline", "restricted"] as const;
const MODES = ["enforce", "audit", "warn"] as const;
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

type Levels = Readonly<Record<Mode, LevelVersion>>;

export interface Policy extends Levels {
  /** What cannot be read of the labels. */
  readonly errors: readonly FieldError[];
  /** There is nothing to look for, in pods and in templates. */
  readonly idle: boolean;
}

const known = new WeakMap<Labels, Policy>();

/** Read once of a namespace's labels, which many pods ask for. */
export function policyOf(labels: Labels): Policy {
  let policy = known.get(labels);
  if (policy === undefined) {
    const levels = levelsOf(labels);
    const errors = labelErrors(labels);
    const idle = errors.length === 0 && allowAll(levels.enforce, levels.audit, levels.warn);
    known.set(labels, (policy = { ...levels, errors, idle }));
  }
  return policy;
}

export const allowAll = (...asked: readonly LevelVersion[]): boolean =>
  asked.every(({ level }) => level === "privileged");

/** What the labels say; of a label that cannot be read the strictest, or for what is only told, nothing. */
function levelsOf(labels: Labels): Levels {
  const enforce = levelOf(labels, "enforce", "restricted");
  const audit = levelOf(labels, "audit", "privileged");
  const warn = levelOf(labels, "warn", "privileged");
  // Who enforces but says nothing of warnings warns of the same: templates are not refused, but their pods will be.
  const warnsToo =
    !(`${PREFIX}warn` in labels) && isLevel(labels[`${PREFIX}enforce`]) && enforce.level !== "privileged";
  if (!warnsToo) return { enforce, audit, warn };
  const { version } = `${PREFIX}warn-version` in labels ? warn : enforce;
  return { enforce, audit, warn: levelVersion(enforce.level, version) };
}

function levelOf(labels: Labels, mode: Mode, unreadable: Level): LevelVersion {
  const level = labels[PREFIX + mode];
  return levelVersion(
    level === undefined ? "privileged" : isLevel(level) ? level : unreadable,
    labels[`${PREFIX}${mode}-version`] ?? LATEST,
  );
}

/** A version that cannot be read is the latest. */
export function levelVersion(level: Level, asked: string): LevelVersion {
  const version = VERSION.test(asked) ? asked : LATEST;
  const minor = version === LATEST ? Number.POSITIVE_INFINITY : Number(version.slice(MAJOR.length));
  return { level, version, minor, text: `${level}:${version}` };
}

const isLevel = (text: string | undefined): text is Level => (LEVELS as readonly (string | undefined)[]).includes(text);

export function labelErrors(labels: Labels): FieldError[] {
  const errors: FieldError[] = [];
  for (const mode of MODES) {
    const level = labels[PREFIX + mode];
    if (level !== undefined && !isLevel(level)) {
      errors.push(invalid(`metadata.labels[${PREFIX}${mode}]`, level, `must be one of ${LEVELS.join(", ")}`));
    }
    const version = labels[`${PREFIX}${mode}-version`];
    if (version !== undefined && version !== LATEST && !VERSION.test(version)) {
      errors.push(invalid(`metadata.labels[${PREFIX}${mode}-version]`, version, `must be "latest" or "v1.x"`));
    }
  }
  return errors;
}
