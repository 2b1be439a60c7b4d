/** Fields of a configuration file, as it came. */
export type Json = Readonly<Record<string, unknown>>;
export type Fault = string;

export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The text of a field that must be there; empty where it is not, which is said. */
export function stringAt(value: Json, name: string, at: string, fault: (field: string, text: string) => void): string {
  const found = value[name];
  if (typeof found === "string" && found !== "") return found;
  fault(`${at}.${name}`, "Required value: must be a text that is not empty");
  return "";
}
