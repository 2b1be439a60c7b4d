/**
 * The image of the process that holds a pod's namespaces: made here, so that no registry is needed to run a pod.
 *
 * The program does two things: it never ends, and with SIGCHLD ignored the kernel itself reaps what is handed to it
 * as process 1 of a shared process namespace. That is thirty-odd instructions, written down below for two
 * architectures; elsewhere the distribution's static init does the same.
 */
import { readFile } from "node:fs/promises";
import { buildImage, goArchitecture } from "./build-image.ts";
import { PAUSE_IMAGE } from "./config.ts";
import { CriRuntime } from "./cri.ts";
import { importImages } from "./images.ts";

/** Puts the pause image into the store at `endpoint` unless it is there. */
export async function ensurePauseImage(endpoint: string, signal?: AbortSignal): Promise<void> {
  using runtime = new CriRuntime(endpoint);
  if (await runtime.imageStatus({ image: PAUSE_IMAGE }, signal)) return;
  await importImages(endpoint, await pauseImage(), { signal });
}

export async function pauseImage(architecture: string = goArchitecture()): Promise<Buffer> {
  const program = pauseProgram(architecture);
  const init = program ? undefined : await distributionInit();
  return buildImage({
    name: PAUSE_IMAGE,
    architecture,
    files: [{ path: "pause", bytes: program ?? init!.bytes, mode: 0o755 }],
    entrypoint: ["/pause", ...(init?.arguments ?? [])],
    user: "65535:65535",
  });
}

/** A static ELF executable; undefined for architectures that are not written down here. */
export function pauseProgram(architecture: string): Buffer | undefined {
  if (architecture === "amd64") return elf(62, amd64());
  if (architecture === "arm64") return elf(183, arm64());
  return undefined;
}

const SIGCHLD = 17;

/** What rt_sigaction takes: handler 1 (SIG_IGN), no flags, no restorer, an empty mask. */
function ignoreAction(): Buffer {
  const action = Buffer.alloc(32);
  action.writeBigUInt64LE(1n, 0);
  return action;
}

function amd64(): Buffer {
  const code = Buffer.from(
    [
      "b80d000000", // mov eax, 13          rt_sigaction
      "bf11000000", // mov edi, SIGCHLD
      "488d3513000000", // lea rsi, [rip+19]    the action behind the code
      "31d2", // xor edx, edx
      "41ba08000000", // mov r10d, 8          size of the mask
      "0f05", // syscall
      "b822000000", // mov eax, 34          pause
      "0f05", // syscall
      "ebf7", // jmp back to pause
    ].join(""),
    "hex",
  );
  return Buffer.concat([code, ignoreAction()]);
}

function arm64(): Buffer {
  const move = (register: number, value: number): number => (0xd2800000 | (value << 5) | register) >>> 0;
  const SUPERVISOR_CALL = 0xd4000001;
  const before = [move(8, 134), move(0, SIGCHLD)]; // rt_sigaction(SIGCHLD, …
  const after = [move(2, 0), move(3, 8), SUPERVISOR_CALL]; // …, &action, NULL, 8)
  // ppoll(NULL, 0, NULL, NULL, 0) for ever: the architecture has no pause.
  const wait = [move(8, 73), ...[0, 1, 2, 3, 4].map((register) => move(register, 0)), SUPERVISOR_CALL];
  const back = (0x14000000 | (-wait.length & 0x3ffffff)) >>> 0; // b
  const distance = 1 + after.length + wait.length + 1; // in words, from here to the action behind the code
  const address = (0x10000000 | (distance << 5) | 1) >>> 0; // adr x1
  const words = [...before, address, ...after, ...wait, back];
  const code = Buffer.alloc(words.length * 4);
  words.forEach((word, i) => code.writeUInt32LE(word, i * 4));
  return Buffer.concat([code, ignoreAction()]);
}

const HEADER = 64;
const SEGMENT_HEADER = 56;
const ADDRESS = 0x400000n;

/** One loadable segment that is the whole file, entered right behind its headers. */
function elf(machine: number, code: Buffer): Buffer {
  const size = HEADER + SEGMENT_HEADER + code.length;
  const file = Buffer.alloc(size);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  file.writeUInt16LE(2, 16); // executable
  file.writeUInt16LE(machine, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(ADDRESS + BigInt(HEADER + SEGMENT_HEADER), 24); // entry
  file.writeBigUInt64LE(BigInt(HEADER), 32); // segment headers
  file.writeUInt16LE(HEADER, 52);
  file.writeUInt16LE(SEGMENT_HEADER, 54);
  file.writeUInt16LE(1, 56);
  file.writeUInt32LE(1, HEADER); // load
  file.writeUInt32LE(5, HEADER + 4); // readable, executable
  file.writeBigUInt64LE(ADDRESS, HEADER + 16);
  file.writeBigUInt64LE(ADDRESS, HEADER + 24);
  file.writeBigUInt64LE(BigInt(size), HEADER + 32);
  file.writeBigUInt64LE(BigInt(size), HEADER + 40);
  file.writeBigUInt64LE(0x10000n, HEADER + 48);
  code.copy(file, HEADER + SEGMENT_HEADER);
  return file;
}

async function distributionInit(): Promise<{ bytes: Buffer; arguments: readonly string[] }> {
  const bytes = await readFile("/usr/bin/catatonit").catch(() => undefined);
  if (bytes) return { bytes, arguments: ["-P"] };
  throw new Error("there is no pause program for this architecture: install the package catatonit");
}
