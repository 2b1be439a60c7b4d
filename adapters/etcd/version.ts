/**
 * Whether an etcd can be trusted with what a view of it is built on: that a watch which says it has come to a revision has told all
 * changes up to there. Members before 3.4.25 and 3.5.8 say so too early when they are asked (etcd's issue 15220).
 */
import type { EtcdConnection } from "./connection.ts";
import { STATUS } from "./messages.ts";

/** The first good patch of a minor version; older minor versions have none, newer ones are good from the beginning. */
const FIRST_GOOD: Readonly<Record<string, number>> = { "3.4": 25, "3.5": 8 };
/** How long a member may take to tell its version, in milliseconds: one that is away is not waited for. */
const LIMIT = 1000;

/** Why an etcd of this version is not taken; undefined where it is. */
export function versionFault(version: string): string | undefined {
  const [, major, minor, patch] = /^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined) return undefined;
  const first = FIRST_GOOD[`${major}.${minor}`];
  const isOld = first === undefined ? Number(major) < 3 || (major === "3" && Number(minor) < 4) : Number(patch) < first;
  return isOld
    ? `is version ${version}, whose watches may skip changes, so that writes would seem lost: use 3.4.25, 3.5.8 or newer`
    : undefined;
}

/** Rejects where a member that answers is too old. */
export async function checkVersions(connection: EtcdConnection): Promise<void> {
  await Promise.all(
    connection.endpoints.map(async (endpoint, at) => {
      const answer = await connection.at(at, STATUS, {}, LIMIT).catch(() => undefined);
      const fault = answer && versionFault(answer.version);
      if (fault !== undefined) throw new Error(`etcd at ${endpoint} ${fault}`);
    }),
  );
}
