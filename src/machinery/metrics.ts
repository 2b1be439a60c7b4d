/**
 * Numbers about a running part, in Prometheus' text form and under upstream's names.
 *
 * A metric is made once and holds a cell for each combination of labels; counting is a lookup and an addition. Cells are
 * bounded: beyond the limit all new combinations share one whose labels read `other`.
 */
export type Labels = Readonly<Record<string, string>>;

const MOST_CELLS = 5000;

interface Metric {
  write(out: string[]): void;
}

export class MetricRegistry {
  readonly #metrics = new Map<string, Metric>();

  counter(name: string, help: string, labels: readonly string[] = []): Counter {
    return this.#add(name, new Counter(name, help, "counter", labels));
  }

  gauge(name: string, help: string, labels: readonly string[] = []): Counter {
    return this.#add(name, new Counter(name, help, "gauge", labels));
  }

  /** `buckets`: upper bounds, ascending, without infinity. */
  histogram(name: string, help: string, labels: readonly string[], buckets: readonly number[]): Histogram {
    return this.#add(name, new Histogram(name, help, labels, buckets));
  }

  /** A gauge that is asked when it is read. */
  reading(name: string, help: string, read: () => number): void {
    this.#add(name, {
      write: (out: string[]) => void out.push(headOf(name, help, "gauge"), `${name} ${read()}`),
    });
  }

  /** The text that `/metrics` answers. */
  text(): string {
    const out: string[] = [];
    for (const name of [...this.#metrics.keys()].toSorted()) this.#metrics.get(name)!.write(out);
    return `${out.join("\n")}\n`;
  }

  #add<M extends Metric>(name: string, metric: M): M {
    if (this.#metrics.has(name)) throw new Error(`the metric ${name} exists already`);
    this.#metrics.set(name, metric);
    return metric;
  }
}

/** Cells by the values of their labels. */
class Cells<Cell> {
  readonly #names: readonly string[];
  readonly #make: () => Cell;
  readonly #cells = new Map<string, Cell>();

  constructor(names: readonly string[], make: () => Cell) {
    this.#names = names;
    this.#make = make;
  }

  of(labels: Labels): Cell {
    let key = "";
    for (const name of this.#names) key += `${key === "" ? "" : ","}${name}="${escape(labels[name] ?? "")}"`;
    let cell = this.#cells.get(key);
    if (cell === undefined) {
      if (this.#cells.size >= MOST_CELLS) key = this.#names.map((name) => `${name}="other"`).join(",");
      cell = this.#cells.get(key) ?? this.#make();
      this.#cells.set(key, cell);
    }
    return cell;
  }

  entries(): Iterable<[string, Cell]> {
    return this.#cells;
  }
}

/** A number that goes up; as a gauge also down. */
export class Counter implements Metric {
  readonly #head: string;
  readonly #name: string;
  readonly #cells: Cells<{ value: number }>;

  constructor(name: string, help: string, type: "counter" | "gauge", labels: readonly string[]) {
    this.#name = name;
    this.#head = headOf(name, help, type);
    this.#cells = new Cells(labels, () => ({ value: 0 }));
    if (labels.length === 0) this.#cells.of({});
  }

  add(amount: number, labels: Labels = {}): void {
    this.#cells.of(labels).value += amount;
  }

  /** The cell itself, for those who count often: `at(labels).value++`. */
  at(labels: Labels): { value: number } {
    return this.#cells.of(labels);
  }

  set(value: number, labels: Labels = {}): void {
    this.#cells.of(labels).value = value;
  }

  write(out: string[]): void {
    out.push(this.#head);
    for (const [labels, { value }] of this.#cells.entries()) {
      out.push(labels === "" ? `${this.#name} ${value}` : `${this.#name}{${labels}} ${value}`);
    }
  }
}

/** How often values lie at or below each bound. */
export class Distribution {
  readonly #bounds: readonly number[];
  /** Values between one bound and the next; the last is beyond all bounds. */
  readonly #between: number[];
  sum = 0;
  count = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#between = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  observe(value: number): void {
    this.sum += value;
    this.count++;
    let i = 0;
    while (i < this.#bounds.length && value > this.#bounds[i]!) i++;
    this.#between[i]!++;
  }

  /** For each bound, how many values were not above it. */
  cumulative(): number[] {
    let total = 0;
    return this.#bounds.map((_, i) => (total += this.#between[i]!));
  }
}

/** Distributions by labels. */
export class Histogram implements Metric {
  readonly #head: string;
  readonly #name: string;
  readonly #buckets: readonly number[];
  readonly #cells: Cells<Distribution>;

  constructor(name: string, help: string, labels: readonly string[], buckets: readonly number[]) {
    this.#name = name;
    this.#head = headOf(name, help, "histogram");
    this.#buckets = buckets;
    this.#cells = new Cells(labels, () => new Distribution(buckets));
  }

  observe(value: number, labels: Labels): void {
    this.#cells.of(labels).observe(value);
  }

  /** The cell itself, for those who observe often. */
  at(labels: Labels): Distribution {
    return this.#cells.of(labels);
  }

  write(out: string[]): void {
    out.push(this.#head);
    for (const [labels, cell] of this.#cells.entries()) {
      const { sum, count } = cell;
      const and = labels === "" ? "" : `${labels},`;
      cell.cumulative().forEach((each, i) => out.push(`${this.#name}_bucket{${and}le="${this.#buckets[i]}"} ${each}`));
      out.push(`${this.#name}_bucket{${and}le="+Inf"} ${count}`);
      const tail = labels === "" ? "" : `{${labels}}`;
      out.push(`${this.#name}_sum${tail} ${sum}`, `${this.#name}_count${tail} ${count}`);
    }
  }
}

const headOf = (name: string, help: string, type: string): string => `# HELP ${name} ${help}\n# TYPE ${name} ${type}`;

const escape = (value: string): string =>
  /["\\\n]/.test(value) ? value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n") : value;
