/**
 * What names, keys and values may look like, as k8s.io/apimachinery/pkg/util/validation: each check answers
 * the texts of what is wrong, none when all is well. Callers put them into a FieldError with the field.
 */
import { byteLength } from "./go-text.ts";
import type { FieldError, Where } from "./field-errors.ts";
import { invalid, required } from "./field-errors.ts";

type Texts = readonly string[];

const FINE: Texts = [];

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const LABEL_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?";
const NAME_PART = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const LABEL_VALUE = `(${NAME_PART})?`;
const C_IDENTIFIER = "[A-Za-z_][A-Za-z0-9_]*";
const ENV_VAR = "[-._a-zA-Z][-._a-zA-Z0-9]*";
const CONFIG_KEY = "[-._a-zA-Z0-9]+";
const HTTP_HEADER = "[-A-Za-z0-9]+";
const PERCENT = "[0-9]+%";
const HTTP_PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const UNDERSCORE_LABEL = "[a-z0-9_]([-_a-z0-9]*[a-z0-9_])?";

const whole = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`);
const labelForm = whole(LABEL);
const subdomainForm = whole(SUBDOMAIN);
const label1035Form = whole(LABEL_1035);
const wildcardForm = whole(`\\*\\.${SUBDOMAIN}`);
const namePartForm = whole(NAME_PART);
const labelValueForm = whole(LABEL_VALUE);
const identifierForm = whole(C_IDENTIFIER);
const envVarForm = whole(ENV_VAR);
const configKeyForm = whole(CONFIG_KEY);
const headerForm = whole(HTTP_HEADER);
const percentForm = whole(PERCENT);
const httpPathForm = whole(HTTP_PATH);
const underscoreForm = whole(`${UNDERSCORE_LABEL}(\\.${UNDERSCORE_LABEL})*`);

const LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const LABEL_1035_RULE =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
const NAME_PART_RULE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/** `rule (e.g. 'a',  or 'b', regex used for validation is '…')`. */
export function regexError(rule: string, pattern: string, ...examples: readonly string[]): string {
  if (examples.length === 0) return `${rule} (regex used for validation is '${pattern}')`;
  return `${rule} (e.g. ${examples.map((example) => `'${example}', `).join(" or ")}regex used for validation is '${pattern}')`;
}

export function maxLengthError(limit: number): string {
  return `must be no more than ${limit} characters`;
}

export function rangeError(low: number, high: number): string {
  return `must be between ${low} and ${high}, inclusive`;
}

/** Absent is as good as empty, here and below: that is how required fields nobody gave are in memory. */
export function isDNS1123Label(value = ""): Texts {
  if (value.length <= 63 && labelForm.test(value)) return FINE;
  const texts: string[] = [];
  if (byteLength(value) > 63) texts.push(maxLengthError(63));
  if (!labelForm.test(value)) {
    texts.push(
      subdomainForm.test(value) ? "must not contain dots" : regexError(LABEL_RULE, LABEL, "my-name", "123-abc"),
    );
  }
  return texts;
}

export function isDNS1123Subdomain(value = ""): Texts {
  return check(value, 253, subdomainForm, () => regexError(SUBDOMAIN_RULE, SUBDOMAIN, "example.com"));
}

/** Search domains of pods may have underscores, as SRV names do. */
export function isDNS1123SubdomainWithUnderscore(value = ""): Texts {
  return check(value, 253, underscoreForm, () => regexError(SUBDOMAIN_RULE, SUBDOMAIN, "example.com"));
}

export function isDNS1035Label(value = ""): Texts {
  return check(value, 63, label1035Form, () => regexError(LABEL_1035_RULE, LABEL_1035, "my-name", "abc-123"));
}

export function isWildcardDNS1123Subdomain(value = ""): Texts {
  const rule =
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character";
  return check(value, 253, wildcardForm, () => regexError(rule, `\\*\\.${SUBDOMAIN}`, "*.example.com"));
}

/** A label key: `name` or `dns.prefix/name`. */
export function isQualifiedName(value = ""): Texts {
  const slash = value.indexOf("/");
  const name = value.slice(slash + 1);
  if (name.includes("/")) {
    const rule = regexError(`a valid label key ${NAME_PART_RULE}`, NAME_PART, "MyName", "my.name", "123-abc");
    return [`${rule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const texts: string[] = [];
  if (slash === 0) texts.push("prefix part must be non-empty");
  else if (slash > 0) texts.push(...prefixErrors(value.slice(0, slash)));
  if (name === "") texts.push("name part must be non-empty");
  else if (byteLength(name) > 63) texts.push("name part must be no more than 63 bytes");
  if (!namePartForm.test(name)) {
    texts.push(regexError(`name part ${NAME_PART_RULE}`, NAME_PART, "MyName", "my.name", "123-abc"));
  }
  return texts.length === 0 ? FINE : texts;
}

function prefixErrors(prefix: string): string[] {
  const texts: string[] = [];
  if (byteLength(prefix) > 253) texts.push("prefix part must be no more than 253 bytes");
  if (!subdomainForm.test(prefix)) {
    texts.push(`prefix part ${regexError(SUBDOMAIN_RULE, SUBDOMAIN, "example.com")}`);
  }
  return texts;
}

export function isValidLabelValue(value = ""): Texts {
  const texts: string[] = [];
  if (byteLength(value) > 63) texts.push("must be no more than 63 bytes");
  if (!labelValueForm.test(value)) {
    const rule = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character`;
    texts.push(regexError(rule, LABEL_VALUE, "MyValue", "my_value", "12345"));
  }
  return texts.length === 0 ? FINE : texts;
}

export function isCIdentifier(value = ""): Texts {
  if (identifierForm.test(value)) return FINE;
  const rule =
    "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'";
  return [regexError(rule, C_IDENTIFIER, "my_name", "MY_NAME", "MyName")];
}

export function isValidPortNum(port: number): Texts {
  return isInRange(port, 1, 65535);
}

export function isInRange(value: number, low: number, high: number): Texts {
  return value >= low && value <= high ? FINE : [rangeError(low, high)];
}

/** Names of Service and container ports (IANA service names). */
export function isValidPortName(port: string): Texts {
  const texts: string[] = [];
  if (byteLength(port) > 15) texts.push(maxLengthError(15));
  if (!/^[-a-z0-9]+$/.test(port)) {
    texts.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  }
  if (!/[a-z]/.test(port)) texts.push("must contain at least one letter (a-z)");
  if (port.includes("--")) texts.push("must not contain consecutive hyphens");
  if (port.startsWith("-") || port.endsWith("-")) texts.push("must not begin or end with a hyphen");
  return texts;
}

/** User and group ids share the range. */
export function isValidUserID(id: number): Texts {
  return isInRange(id, 0, 2147483647);
}

export function isValidPercent(value = ""): Texts {
  if (percentForm.test(value)) return FINE;
  const rule = "a valid percent string must be a numeric string followed by an ending '%'";
  return [regexError(rule, PERCENT, "1%", "93%")];
}

export function isHTTPHeaderName(value = ""): Texts {
  if (headerForm.test(value)) return FINE;
  const rule = "a valid HTTP header must consist of alphanumeric characters or '-'";
  return [regexError(rule, HTTP_HEADER, "X-Header-Name")];
}

/** The strict names of older releases, still asked for by `envFrom` prefixes of old rules and warnings. */
export function isEnvVarName(value = ""): Texts {
  const texts: string[] = [];
  if (!envVarForm.test(value)) {
    const rule =
      "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit";
    texts.push(regexError(rule, ENV_VAR, "my.env-name", "MY_ENV.NAME", "MyEnvName1"));
  }
  return [...texts, ...directoryErrors(value)];
}

export function isRelaxedEnvVarName(value = ""): Texts {
  if (value === "") return ["environment variable name must be non-empty"];
  if (/^[ -<>-~]+$/.test(value)) return FINE;
  return ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

/** Keys of ConfigMaps and Secrets, which become file names. */
export function isConfigMapKey(value = ""): Texts {
  const rule = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
  const texts = check(value, 253, configKeyForm, () =>
    regexError(rule, CONFIG_KEY, "key.name", "KEY_NAME", "key-name"),
  );
  return [...texts, ...directoryErrors(value)];
}

/** What would lead out of a volume's directory. */
function directoryErrors(value: string): string[] {
  if (value === ".") return ["must not be '.'"];
  if (value === "..") return ["must not be '..'"];
  return value.startsWith("..") ? ["must not start with '..'"] : [];
}

/** A domain of at least three parts: names of signers, for one. */
export function isFullyQualifiedName(where: Where, name: string): FieldError[] {
  if (name === "") return [required(where)];
  const texts = isDNS1123Subdomain(name);
  if (texts.length > 0) return [invalid(where, name, texts.join(","))];
  if (name.split(".").length >= 3) return [];
  return [invalid(where, name, "should be a domain with at least three segments separated by dots")];
}

/** A domain of at least two parts, with or without a final dot. */
export function isFullyQualifiedDomainName(where: Where, name: string): FieldError[] {
  if (name === "") return [required(where)];
  const bare = name.endsWith(".") ? name.slice(0, -1) : name;
  const texts = isDNS1123Subdomain(bare);
  if (texts.length > 0) return [invalid(where, bare, texts.join(","))];
  const labels = bare.split(".");
  if (labels.length < 2) {
    return [invalid(where, bare, "should be a domain with at least two segments separated by dots")];
  }
  return labels.flatMap((label) => isDNS1123Label(label).map((text) => invalid(where, label, text)));
}

/** `example.com/some/path`: names of controllers and device classes' drivers. */
export function isDomainPrefixedPath(where: Where, value: string): FieldError[] {
  if (value === "") return [required(where)];
  const slash = value.indexOf("/");
  if (slash <= 0 || slash === value.length - 1) {
    return [invalid(where, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  }
  const domain = value.slice(0, slash);
  const tail = value.slice(slash + 1);
  const errors = isDNS1123Subdomain(domain).map((text) => invalid(where, domain, text));
  if (!httpPathForm.test(tail)) {
    errors.push(invalid(where, tail, regexError("Invalid path", HTTP_PATH)));
  }
  return errors;
}

/** Any name that fits into one segment of a URL: RBAC's objects. */
export function isValidPathSegmentName(name = ""): Texts {
  if (name === "." || name === "..") return [`may not be '${name}'`];
  return pathSegmentPrefixErrors(name);
}

function pathSegmentPrefixErrors(name: string): string[] {
  return ["/", "%"].filter((part) => name.includes(part)).map((part) => `may not contain '${part}'`);
}

/** Rules for `metadata.name` (or, as a prefix, for `generateName`): as upstream's ValidateNameFunc. */
export type NameRule = (name: string, prefix: boolean) => Texts;

export const nameIsDNSSubdomain: NameRule = (name, prefix) => isDNS1123Subdomain(prefix ? masked(name) : name);
export const nameIsDNSLabel: NameRule = (name, prefix) => isDNS1123Label(prefix ? masked(name) : name);
export const nameIsDNS1035Label: NameRule = (name, prefix) => isDNS1035Label(prefix ? masked(name) : name);
export const nameIsPathSegment: NameRule = (name, prefix) =>
  prefix ? pathSegmentPrefixErrors(name) : isValidPathSegmentName(name);

/** A generateName may end in a dash: what follows it will end in a letter. */
function masked(name: string): string {
  return name.length > 1 && name.endsWith("-") ? `${name.slice(0, -2)}a` : name;
}

function check(value: string, limit: number, form: RegExp, rule: () => string): Texts {
  if (value.length <= limit && form.test(value)) return FINE;
  const texts: string[] = [];
  if (byteLength(value) > limit) texts.push(maxLengthError(limit));
  if (!form.test(value)) texts.push(rule());
  return texts;
}
