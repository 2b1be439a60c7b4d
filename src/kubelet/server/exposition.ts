/** Metrics in Prometheus' text form. */

/** One metric with its samples, each a labels text (or none), a value and perhaps a time: `{pod="web"} 3 1700000000000`. */
export function metricText(name: string, type: "counter" | "gauge", help: string, samples: readonly string[]): string {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples.map((sample) => `${name}${sample}`), ""].join(
    "\n",
  );
}

/** `{a="1",b="2"}`; values are escaped as the format asks. */
export function labelsText(labels: Readonly<Record<string, string | undefined>>): string {
  const pairs = Object.entries(labels).map(([name, value = ""]) => `${name}="${escaped(value)}"`);
  return `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
