/** How far something long has come: on a terminal one line that is written over, elsewhere a line now and then. */

export interface Meter {
  /** Says `text` where it is time to. */
  at(text: () => string): void;
  /** Clears the line. */
  end(): void;
}

interface Stream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Milliseconds between two lines on a terminal, and elsewhere. */
const OFTEN = 100;
const SELDOM = 2000;
const CLEAR = "\r\u001b[K";

export function meterOn(stream: Stream, now: () => number = () => performance.now()): Meter {
  const terminal = stream.isTTY === true;
  let next = now() + (terminal ? OFTEN : SELDOM);
  let shown = false;
  return {
    at(text) {
      if (now() < next) return;
      next = now() + (terminal ? OFTEN : SELDOM);
      shown = terminal;
      stream.write(terminal ? `${CLEAR}${text()}` : `${text()}\n`);
    },
    end() {
      if (shown) stream.write(CLEAR);
    },
  };
}

const UNITS = ["bytes", "KiB", "MiB", "GiB"];

/** `3.4 MiB` */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < UNITS.length - 1; unit++) value /= 1024;
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

/** `12,345` */
export const countText = (count: number): string => count.toLocaleString("en-US");

export const percentText = (part: number, whole: number): string => `${Math.floor((100 * part) / whole)}%`;
