/** Named formats: `format.dns1123Label().validate(x)` says what is wrong with a text. */
import { requestUrlProblem } from "../../go-url.ts";
import {
  isQualifiedName,
  isValidLabelValue,
  nameIsDNS1035Label,
  nameIsDNSLabel,
  nameIsDNSSubdomain,
} from "../../names.ts";
import type { NameRule } from "../../names.ts";
import { fitsFormat } from "../../structural/formats.ts";
import { fn } from "../functions.ts";
import type { Library } from "../functions.ts";
import { List, Optional } from "../values.ts";
import type { Opaque } from "../values.ts";

type Rule = (text: string) => readonly string[];
const fitting =
  (format: string, says: string): Rule =>
  (text) =>
    fitsFormat(format, text) ? [] : [says];
const named =
  (rule: NameRule, prefix = false): Rule =>
  (text) =>
    rule(text, prefix);

function uri(text: string): readonly string[] {
  const problem = requestUrlProblem(text);
  return problem === undefined ? [] : [problem];
}

const FORMATS: Readonly<Record<string, Rule>> = {
  dns1123Label: named(nameIsDNSLabel),
  dns1123Subdomain: named(nameIsDNSSubdomain),
  dns1035Label: named(nameIsDNS1035Label),
  qualifiedName: isQualifiedName,
  dns1123LabelPrefix: named(nameIsDNSLabel, true),
  dns1123SubdomainPrefix: named(nameIsDNSSubdomain, true),
  dns1035LabelPrefix: named(nameIsDNS1035Label, true),
  labelValue: isValidLabelValue,
  uri,
  uuid: fitting("uuid", "does not match the UUID format"),
  byte: fitting("byte", "invalid base64"),
  date: fitting("date", "invalid date"),
  datetime: fitting("datetime", "invalid datetime"),
};

class FormatValue implements Opaque {
  readonly celType = "kubernetes.NamedFormat";
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
  equals(other: unknown): boolean {
    return other instanceof FormatValue && other.name === this.name;
  }
}

function validate({ name }: FormatValue, text: string): Optional {
  const texts = FORMATS[name]!(text);
  return texts.length === 0 ? Optional.none : new Optional(new List(texts));
}

export const formats: Library = [
  ...Object.keys(FORMATS).map((name) => fn(`format.${name}(): kubernetes.NamedFormat`, () => new FormatValue(name))),
  fn("format.named(string): optional_type<kubernetes.NamedFormat>", (name: string) =>
    Object.hasOwn(FORMATS, name) ? new Optional(new FormatValue(name)) : Optional.none,
  ),
  fn("kubernetes.NamedFormat.validate(string): optional_type<list<string>>", validate),
];
