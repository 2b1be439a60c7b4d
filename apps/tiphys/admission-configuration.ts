/** Upstream's AdmissionConfiguration, a file that configures admission plugins; here PodSecurity is the one that can be. */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { isObject } from "../../src/machinery/structural/schema.ts";
import { parseYaml } from "../../src/machinery/yaml.ts";
import {
  type PodSecurityConfiguration,
  readPodSecurityConfiguration,
} from "../../src/server/admission/pod-security/configuration.ts";
import { UserError } from "./command.ts";

const VERSION = "apiserver.config.k8s.io/v1";
const PLUGIN = "PodSecurity";

/** Undefined where no file is given, or one that does not speak of pods. */
export function podSecurityFrom(file: string): PodSecurityConfiguration | undefined {
  if (file === "") return undefined;
  try {
    return pluginsOf(parseYaml(readFileSync(file, "utf8")).value)
      .map((configuration) => readPodSecurityConfiguration(contentOf(configuration, dirname(file))))
      .at(-1);
  } catch (error) {
    const why = (error as Error).message;
    throw new UserError(`${file} cannot be used as admission configuration: ${why}`, 1, { cause: error });
  }
}

type Plugin = Readonly<Record<string, unknown>>;

function pluginsOf(value: unknown): Plugin[] {
  if (!isObject(value) || value["kind"] !== "AdmissionConfiguration" || value["apiVersion"] !== VERSION) {
    throw new Error(`kind: must be AdmissionConfiguration of ${VERSION}`);
  }
  const { plugins = [] } = value;
  if (!Array.isArray(plugins) || !plugins.every(isObject)) throw new Error("plugins: must be a list of objects");
  for (const { name } of plugins as Plugin[]) {
    if (name !== PLUGIN)
      throw new Error(`plugins: ${JSON.stringify(name)} takes no configuration here, only ${PLUGIN} does`);
  }
  return plugins as Plugin[];
}

/** Beside the name, or in a file of its own. */
function contentOf({ path, configuration }: Plugin, folder: string): unknown {
  if (configuration !== undefined) return configuration;
  if (typeof path === "string" && path !== "") return parseYaml(readFileSync(resolve(folder, path), "utf8")).value;
  throw new Error(`plugins: ${PLUGIN} has neither configuration nor path`);
}
