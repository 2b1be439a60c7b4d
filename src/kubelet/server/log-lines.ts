/**
 * Lines of container logs as CRI runtimes write them: `2026-01-01T00:00:00.000000000Z stdout F text`.
 * `F` ends a line of the container's output, `P` is a piece of one that was too long.
 */
export interface LogLine {
  /** As written, with nanoseconds. */
  readonly time: string;
  readonly stream: "stdout" | "stderr";
  /** With its line end where it is a whole one. */
  readonly text: string;
}

/** Undefined where the line is none of a container log. */
export function parseLogLine(line: string): LogLine | undefined {
  const first = line.indexOf(" ");
  const second = line.indexOf(" ", first + 1);
  const third = line.indexOf(" ", second + 1);
  if (first < 0 || second < 0 || third < 0) return undefined;
  const stream = line.slice(first + 1, second);
  if (stream !== "stdout" && stream !== "stderr") return undefined;
  const partial = line
    .slice(second + 1, third)
    .split(":")
    .includes("P");
  return { time: line.slice(0, first), stream, text: line.slice(third + 1) + (partial ? "" : "\n") };
}
