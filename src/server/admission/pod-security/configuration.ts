/** Upstream's PodSecurityConfiguration: what holds where a namespace says nothing, and who is not looked at. */
import { duplicate, errorText, invalid, path } from "../../../machinery/field-errors.ts";
import type { FieldError } from "../../../machinery/field-errors.ts";
import { isDNS1123Label, isDNS1123Subdomain } from "../../../machinery/names.ts";
import { isObject } from "../../../machinery/structural/schema.ts";
import type { Level, Levels } from "./policy.ts";
import { levelErrors, levelVersion } from "./policy.ts";

const EXEMPT = ["namespaces", "runtimeClasses", "usernames"] as const;

export interface PodSecurityConfiguration {
  readonly defaults: Levels;
  readonly exemptions: Readonly<Record<(typeof EXEMPT)[number], ReadonlySet<string>>>;
}

const VERSIONS = ["v1", "v1beta1", "v1alpha1"].map((version) => `pod-security.admission.config.k8s.io/${version}`);

/** Nothing is asked, and nobody exempt. */
export const NO_CONFIGURATION: PodSecurityConfiguration = configurationOf({}, {});

/** Throws with all that is wrong. */
export function readPodSecurityConfiguration(value: unknown): PodSecurityConfiguration {
  if (
    !isObject(value) ||
    value["kind"] !== "PodSecurityConfiguration" ||
    !VERSIONS.includes(String(value["apiVersion"]))
  ) {
    throw new Error(`kind: must be PodSecurityConfiguration of ${VERSIONS[0]}`);
  }
  const { defaults = {}, exemptions = {} } = value;
  if (!isObject(defaults) || !isObject(exemptions)) throw new Error("defaults and exemptions: must be objects");
  const errors = levelErrors(
    // What is empty is not said.
    (name) => defaults[name] || undefined,
    (name) => `defaults.${name}`,
  );
  for (const kind of EXEMPT) errors.push(...exemptionErrors(kind, exemptions[kind] ?? []));
  if (errors.length > 0) throw new Error(errors.map(errorText).join("; "));
  return configurationOf(defaults, exemptions);
}

const RULES: Readonly<Record<(typeof EXEMPT)[number], (name: string) => readonly string[]>> = {
  namespaces: isDNS1123Label,
  runtimeClasses: isDNS1123Subdomain,
  usernames: (name) => (name === "" ? ["username must not be empty"] : []),
};

function exemptionErrors(kind: (typeof EXEMPT)[number], names: unknown): FieldError[] {
  const at = path("exemptions", kind);
  if (!Array.isArray(names)) return [invalid(at, names, "must be a list")];
  return names.flatMap((name: unknown, index) => {
    const problems = typeof name === "string" ? RULES[kind](name) : ["must be a text"];
    if (problems.length > 0) return [invalid(at.index(index), name, problems.join(", "))];
    return names.indexOf(name) < index ? [duplicate(at.index(index), name)] : [];
  });
}

type Read = Readonly<Record<string, unknown>>;

function configurationOf(defaults: Read, exemptions: Read): PodSecurityConfiguration {
  const level = (mode: string) =>
    levelVersion((defaults[mode] || "privileged") as Level, (defaults[`${mode}-version`] || "latest") as string);
  const exempt = (kind: string) => new Set((exemptions[kind] ?? []) as string[]);
  return {
    defaults: { enforce: level("enforce"), audit: level("audit"), warn: level("warn") },
    exemptions: {
      namespaces: exempt("namespaces"),
      runtimeClasses: exempt("runtimeClasses"),
      usernames: exempt("usernames"),
    },
  };
}
