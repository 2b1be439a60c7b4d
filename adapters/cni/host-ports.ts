/**
 * What the portmap plugin leaves behind: three chains that all users of the plugin on a machine share. They are taken
 * away when no pod of anybody has a host port any more.
 */
import { quietly, tool } from "./commands.ts";

const CHAINS = ["CNI-HOSTPORT-DNAT", "CNI-HOSTPORT-MASQ", "CNI-HOSTPORT-SETMARK"];
const PORTS = CHAINS[0]!;

export async function removeIdleHostPortChains(): Promise<void> {
  for (const command of ["iptables", "ip6tables"]) {
    const rules = await tool(command, ["-w", "-t", "nat", "-S"]).catch(() => "");
    const removal = idleChainRemoval(rules);
    // One transaction: where a pod got a port meanwhile, its chain is not empty and nothing is changed.
    if (removal) await quietly(`${command}-restore`, ["-w", "--noflush"], removal);
  }
}

/** Input for iptables-restore; undefined where the chains are not there or in use. */
export function idleChainRemoval(rules: string): string | undefined {
  const lines = rules.split("\n");
  const there = CHAINS.filter((chain) => lines.includes(`-N ${chain}`));
  if (there.length === 0 || lines.some((line) => line.startsWith(`-A ${PORTS} `))) return undefined;
  const ours = (line: string): boolean => CHAINS.some((chain) => line.startsWith(`-A ${chain} `));
  const jumps = lines.filter((line) => !ours(line) && CHAINS.some((chain) => line.endsWith(`-j ${chain}`)));
  return [
    "*nat",
    ...jumps.map((line) => line.replace(/^-A/, "-D")),
    ...there.map((chain) => (chain === PORTS ? "" : `-F ${chain}`)).filter(Boolean),
    ...there.map((chain) => `-X ${chain}`),
    "COMMIT",
    "",
  ].join("\n");
}
