/** What LMDB and its library say, in sentences. */

/** LMDB's error in a sentence with what to do. */
export function explain(error: unknown, directory: string): Error {
  const reason = reasonOf(error);
  const advice = /no space|ENOSPC|MAP_FULL|quota|Cannot allocate/i.test(reason)
    ? "free some space on its disk and start again"
    : "check its disk and start again; acknowledged writes are not touched";
  return new Error(`writing to ${directory} failed (${reason}); ${advice}`, { cause: error });
}

/** This process stood still for so long that another took it for dead. */
export class Taken extends Error {
  constructor(directory: string) {
    super(
      `${directory} was taken over by another process while this one stood still; acknowledged writes are there. ` +
        "Start it again when the other has ended, or on another directory",
    );
  }
}

export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  // The library goes on with positions and sizes.
  return text.replace(/: Attempting to write page.*/s, "");
}

/** How long the library may take to say why a transaction failed, in milliseconds. */
const PATIENCE = 1000;

/** The library rejects a failed transaction at once with a promise of the cause, which itself rejects with it. */
export async function causeOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<never> };
  if (commitError === undefined) return error;
  return Promise.race([
    commitError.catch((cause: unknown) => cause),
    new Promise((resolve) => setTimeout(resolve, PATIENCE, error).unref()),
  ]);
}
