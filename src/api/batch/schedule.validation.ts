/** Rules on cron schedules, with the words of the parser that upstream uses. */

/** Undefined where the schedule is right. */
export function scheduleError(schedule: string): string | undefined {
  if (schedule === "") return "empty spec string";
  let text = schedule;
  if (text.startsWith("TZ=") || text.startsWith("CRON_TZ=")) {
    const end = text.indexOf(" ");
    const zone = text.slice(text.indexOf("=") + 1, end < 0 ? undefined : end);
    if (!isTimeZone(zone)) return `provided bad location ${zone}: unknown time zone ${zone}`;
    text = end < 0 ? "" : text.slice(end).trim();
  }
  if (text.startsWith("@")) return descriptorError(text);
  const fields = text.split(/\s+/).filter((field) => field !== "");
  if (fields.length !== BOUNDS.length) {
    return `expected exactly ${BOUNDS.length} fields, found ${fields.length}: [${fields.join(" ")}]`;
  }
  for (const [index, field] of fields.entries()) {
    const error = fieldError(field, BOUNDS[index]!);
    if (error !== undefined) return error;
  }
  return undefined;
}

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
  /** The number of the first name. */
  readonly first: number;
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const BOUNDS: readonly Bounds[] = [
  { min: 0, max: 59, names: [], first: 0 },
  { min: 0, max: 23, names: [], first: 0 },
  { min: 1, max: 31, names: [], first: 0 },
  { min: 1, max: 12, names: MONTHS, first: 1 },
  { min: 0, max: 6, names: DAYS, first: 0 },
];

const DESCRIPTORS: ReadonlySet<string> = new Set([
  "@yearly",
  "@annually",
  "@monthly",
  "@weekly",
  "@daily",
  "@midnight",
  "@hourly",
]);
const EVERY = "@every ";
const DURATION = /^[-+]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))*$/;

function descriptorError(text: string): string | undefined {
  if (DESCRIPTORS.has(text)) return undefined;
  if (!text.startsWith(EVERY)) return `unrecognized descriptor: ${text}`;
  const duration = text.slice(EVERY.length);
  if (duration === "0" || DURATION.test(duration)) return undefined;
  return `failed to parse duration ${text}: time: invalid duration ${JSON.stringify(duration)}`;
}

function fieldError(field: string, bounds: Bounds): string | undefined {
  for (const part of field.split(",").filter((each) => each !== "")) {
    const error = rangeError(part, bounds);
    if (error !== undefined) return error;
  }
  return undefined;
}

function rangeError(text: string, bounds: Bounds): string | undefined {
  const [range = "", step, ...more] = text.split("/");
  const limits = range.split("-");
  let start = bounds.min;
  let end = bounds.max;
  if (limits[0] !== "*" && limits[0] !== "?") {
    const low = numberOf(limits[0]!, bounds);
    if (typeof low === "string") return low;
    start = low;
    end = low;
    if (limits.length === 2) {
      const high = numberOf(limits[1]!, bounds);
      if (typeof high === "string") return high;
      end = high;
    } else if (limits.length > 2) return `too many hyphens: ${text}`;
    else if (step !== undefined) end = bounds.max;
  }
  if (more.length > 0) return `too many slashes: ${text}`;
  if (step !== undefined) {
    const every = integerOf(step);
    if (typeof every === "string") return every;
    if (every === 0) return `step of range should be a positive number: ${text}`;
  }
  if (start < bounds.min) return `beginning of range (${start}) below minimum (${bounds.min}): ${text}`;
  if (end > bounds.max) return `end of range (${end}) above maximum (${bounds.max}): ${text}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${text}`;
  return undefined;
}

function numberOf(text: string, { names, first }: Bounds): number | string {
  const named = names.indexOf(text.toLowerCase());
  return named >= 0 ? named + first : integerOf(text);
}

function integerOf(text: string): number | string {
  if (!/^[-+]?\d+$/.test(text)) {
    return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
  }
  const number = Number(text);
  return number < 0 ? `negative number (${number}) not allowed: ${text}` : number;
}

export function isTimeZone(name: string): boolean {
  if (name === "" || name === "UTC") return true;
  if (!/^[A-Za-z][A-Za-z0-9_+\-/]*$/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
