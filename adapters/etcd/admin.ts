/** What an administrator wants to know of an etcd cluster, and the defragmentation of one member. */
import { EtcdConnection } from "./connection.ts";
import type { EtcdOptions } from "./connection.ts";
import { DEFRAGMENT, MEMBER_LIST, STATUS } from "./messages.ts";

export interface EtcdStatus {
  readonly endpoint: string;
  /** Why it could not be asked; all else is missing then. */
  readonly problem?: string;
  readonly version?: string;
  readonly leader?: boolean;
  /** Bytes of the file, and of these in use. */
  readonly size?: number;
  readonly used?: number;
  /** Such as `alarm:NOSPACE`. */
  readonly errors?: readonly string[];
  /** What is to be done, where something is. */
  readonly advice?: string;
}

export interface EtcdMember {
  readonly name: string;
  readonly clientUrls: readonly string[];
  readonly learner: boolean;
}

/** Defragmenting is worth its pause from this much waste on, in bytes, */
const WASTE = 100 * 1024 * 1024;
/** and from this share of the file. */
const WASTE_SHARE = 0.5;
/** Defragmenting copies the whole file, so it may take long; in milliseconds. */
const DEFRAGMENT_LIMIT = 10 * 60_000;

export async function etcdStatus(options: EtcdOptions): Promise<EtcdStatus[]> {
  return using(options, (connection) =>
    Promise.all(connection.endpoints.map((endpoint, at) => statusOf(connection, endpoint, at))),
  );
}

export async function etcdMembers(options: EtcdOptions): Promise<EtcdMember[]> {
  return using(options, async (connection) => {
    const { members } = await connection.repeat(MEMBER_LIST, { linearizable: true });
    return members.map(({ name, clientUrls, isLearner }) => ({ name, clientUrls, learner: isLearner }));
  });
}

/** Gives the first endpoint's free space back to its disk. That member answers nobody meanwhile: do one after the other. */
export async function defragment(options: EtcdOptions): Promise<void> {
  await using(options, (connection) => connection.at(0, DEFRAGMENT, {}, DEFRAGMENT_LIMIT));
}

async function statusOf(connection: EtcdConnection, endpoint: string, at: number): Promise<EtcdStatus> {
  try {
    const { version, dbSize: size, dbSizeInUse: used, errors, leader, header } = await connection.at(at, STATUS, {});
    return {
      endpoint,
      version,
      leader: leader !== 0 && leader === header!.memberId,
      size,
      used,
      errors,
      ...adviceFor(endpoint, size, used, errors),
    };
  } catch (error) {
    return { endpoint, problem: (error as Error).message };
  }
}

/** With the command to type; its certificates and user are etcdctl's own business. */
export function adviceFor(
  endpoint: string,
  size: number,
  used: number,
  errors: readonly string[],
): { advice?: string } {
  const defragmenting = `etcdctl --endpoints=${endpoint} defrag --command-timeout=${DEFRAGMENT_LIMIT / 1000}s`;
  if (errors.some((error) => error.includes("NOSPACE"))) {
    return {
      advice: `it is out of space and takes no writes: "${defragmenting}" on each member, then "etcdctl --endpoints=${endpoint} alarm disarm"`,
    };
  }
  const waste = size - used;
  if (waste < WASTE || waste < size * WASTE_SHARE) return {};
  return {
    advice: `${Math.round(waste / 2 ** 20)} MiB of its file are unused: "${defragmenting}", one member after the other`,
  };
}

async function using<T>(options: EtcdOptions, body: (connection: EtcdConnection) => Promise<T>): Promise<T> {
  const connection = new EtcdConnection(options);
  try {
    return await body(connection);
  } finally {
    connection.close();
  }
}
