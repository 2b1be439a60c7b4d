/** One line of a container's log as CRI writes it: `<RFC 3339 with nanoseconds> stdout F text`. */
export function logLine(at: number, stream: "stdout" | "stderr", text: string): string {
  return `${new Date(at).toISOString().replace("Z", "000000Z")} ${stream} F ${text}\n`;
}
