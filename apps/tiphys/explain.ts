/** Failures of the system in the user's words: what happened and what to do. */
import { UserError } from "./command.ts";

interface SystemError extends Error {
  readonly code?: string;
  readonly path?: string;
  readonly port?: number;
  readonly address?: string;
  readonly syscall?: string;
}

/** One sentence for any failure; {@link UserError}s already are one. */
export function explain(error: unknown): Error {
  if (error instanceof UserError) return error;
  if (!(error instanceof Error)) return new UserError(String(error));
  return new UserError(sentence(error), 1, { cause: error });
}

function sentence(error: SystemError): string {
  const { code, path, port, syscall } = error;
  const where = path ?? "a file of the data directory";
  switch (code) {
    case "EADDRINUSE":
      return `port ${port} is in use: stop what listens there, or choose another with --port N (0 takes any that is free)`;
    case "EADDRNOTAVAIL":
      return `${error.address} is not an address of this machine: choose another with --bind-address`;
    case "EACCES":
    case "EPERM":
      return syscall === "listen"
        ? `port ${port} may not be used by this user: choose one above 1023 with --port N, or run as root`
        : `no permission for ${where}: run as its owner, or give another directory with --data-dir DIR`;
    case "ENOSPC":
      return `no space is left on the disk of ${where}: free some, or give another directory with --data-dir DIR`;
    case "EROFS":
      return `${where} is on a disk that cannot be written: give another directory with --data-dir DIR`;
    case "ENOTDIR":
      return `${where} leads through something that is no directory: give another one with --data-dir DIR`;
    case "ENOENT":
      return syscall === "mkdir" ? `${where} cannot be made there: give another directory` : `there is no ${where}`;
    case "ECONNREFUSED":
      return `nothing answers at ${error.address}:${port}: is the cluster running? "tiphys status" shows it`;
    default:
      return error.message;
  }
}
