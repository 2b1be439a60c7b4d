/** From the running cluster's stream of lines to a file. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FORMAT, type Head, isKeyFile, SnapshotWriter } from "../../adapters/snapshot-file/index.ts";
import type { SnapshotEnd, SnapshotHead } from "../../src/machinery/told-snapshot.ts";
import { UserError } from "./command.ts";

export interface Saved {
  readonly head: Head;
  /** Of the file. */
  readonly bytes: number;
}

/** Called now and then: so many of all objects, so many bytes of the file. */
export type Saving = (objects: number, head: SnapshotHead, bytes: number) => void;

const NEWLINE = 10;

/**
 * Writes `path` from the lines that `ask` gives, and with them the files of `keys` where that is given: a folder. The file is there
 * before anything is asked, since an answer is to be read from the moment it comes.
 */
export async function saveSnapshot(
  path: string,
  ask: () => Promise<AsyncIterable<Uint8Array>>,
  keys: string | undefined,
  saving: Saving,
): Promise<Saved> {
  const writer = await SnapshotWriter.open(path);
  try {
    let head: Head | undefined;
    let objects = 0;
    let end: SnapshotEnd | undefined;
    for await (const line of linesOf(await ask())) {
      if (head === undefined) {
        head = { ...(parse(line) as SnapshotHead), format: FORMAT, keys: keys !== undefined };
        await writer.add(Buffer.from(JSON.stringify(head)));
        await writer.flush();
      } else if (line.includes('"kind":"SnapshotEnd"') && !line.includes('"key":')) {
        end = parse(line) as SnapshotEnd;
      } else {
        await writer.add(line);
        saving(++objects, head, writer.written);
      }
    }
    if (head === undefined || end === undefined || end.objects !== objects) {
      throw new UserError("the connection was lost before the snapshot was complete: nothing was kept; try again");
    }
    if (keys !== undefined) for (const file of keyFiles(keys)) await writer.add(Buffer.from(JSON.stringify(file)));
    await writer.add(Buffer.from(JSON.stringify(end)));
    await writer.finish();
    return { head, bytes: writer.written };
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}

const parse = (line: Buffer): unknown => JSON.parse(line.toString());

function keyFiles(folder: string): { file: string; text: string }[] {
  return readdirSync(folder)
    .filter(isKeyFile)
    .map((file) => ({ file, text: readFileSync(join(folder, file), "utf8") }));
}

/** Lines without their newlines. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void> {
  let rest: Uint8Array[] = [];
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      yield Buffer.concat([...rest, chunk.subarray(from, end)]);
      rest = [];
      from = end + 1;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}
