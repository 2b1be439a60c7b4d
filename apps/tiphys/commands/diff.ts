/** `tiphys diff`: in what two moments of a cluster differ, or a fork and where it came from. */
import type { DifferenceList } from "../../../src/machinery/told-difference.ts";
import { formatYaml } from "../../../src/machinery/yaml-format.ts";
import { type Invocation, UserError } from "../command.ts";
import { withCluster } from "../connect.ts";
import { differenceText } from "../difference-text.ts";
import type { diffFlags } from "./state.commands.ts";

const PATH = "/tiphys/v1/diff";

export async function diff({ values, args }: Invocation<typeof diffFlags>): Promise<number> {
  const show = FORMATS[values.output];
  if (show === undefined)
    throw new UserError(`output format "${values.output}" is not known: it is text, yaml or json`);
  const [from = "", to = ""] = args;
  const query = new URLSearchParams({ from, to, namespace: values.namespace, resource: values.resource.join(",") });
  const told = await withCluster("diff", values, ({ ask }) => ask("GET", PATH, { query: query.toString() }));
  process.stdout.write(show(told as DifferenceList));
  return 0;
}

const FORMATS: Readonly<Record<string, (told: DifferenceList) => string>> = {
  text: (told) => differenceText(told, process.stdout.isTTY && !process.env["NO_COLOR"]),
  json: (told) => `${JSON.stringify(told, undefined, 2)}\n`,
  yaml: formatYaml,
};
