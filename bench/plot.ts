/** A picture of measurements over sizes, as SVG, both on logarithmic scales. */

const WIDTH = 760;
const HEIGHT = 430;
const LEFT = 70;
const RIGHT = 170;
const TOP = 60;
const BOTTOM = 60;
const COLORS = ["#1f77b4", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e37700"];

export function plot(
  title: string,
  unit: string,
  sizes: readonly number[],
  measures: Readonly<Record<string, readonly number[]>>,
): string {
  const all = Object.values(measures).flat();
  const [low, high] = [Math.floor(Math.log10(Math.min(...all))), Math.ceil(Math.log10(Math.max(...all)))];
  const x = (size: number): number => {
    const [first, last] = [Math.log(sizes[0]!), Math.log(sizes.at(-1)!)];
    return LEFT + ((Math.log(size) - first) / (last - first)) * (WIDTH - LEFT - RIGHT);
  };
  const y = (value: number): number =>
    HEIGHT - BOTTOM - ((Math.log10(value) - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const ends = Object.entries(measures).map(([name, values], at) => ({ name, at, end: y(values.at(-1)!) }));
  const labels = spread(ends, 17);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13">`,
    `  <rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `  <text x="${LEFT}" y="32" font-size="17" fill="#222222">${title}</text>`,
    ...Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i)).map(
      (value) =>
        `  <path d="M${LEFT} ${round(y(value))}H${WIDTH - RIGHT}" stroke="#dddddd"/>` +
        `<text x="${LEFT - 8}" y="${round(y(value) + 4)}" text-anchor="end" fill="#666666">${value}</text>`,
    ),
    ...sizes.map(
      (size) =>
        `  <text x="${round(x(size))}" y="${HEIGHT - BOTTOM + 22}" text-anchor="middle" fill="#666666">` +
        `${size / 1000}k</text>`,
    ),
    `  <text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 14}" text-anchor="middle" fill="#666666">${unit}</text>`,
    ...Object.values(measures).map((values, at) => {
      const points = values.map((value, i) => `${round(x(sizes[i]!))},${round(y(value))}`).join(" ");
      return `  <polyline points="${points}" fill="none" stroke="${COLORS[at % COLORS.length]}" stroke-width="2"/>`;
    }),
    ...labels.map(
      ({ name, at, end }) =>
        `  <text x="${WIDTH - RIGHT + 8}" y="${round(end + 4)}" fill="${COLORS[at % COLORS.length]}">${name}: ${short(measures[name]!.at(-1)!)}</text>`,
    ),
    "</svg>",
    "",
  ].join("\n");
}

/** Moves labels down until none covers another. */
function spread<T extends { end: number }>(labels: readonly T[], distance: number): T[] {
  let last = Number.NEGATIVE_INFINITY;
  return labels
    .toSorted((a, b) => a.end - b.end)
    .map((label) => {
      last = Math.max(label.end, last + distance);
      return { ...label, end: last };
    });
}

function short(value: number): string {
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
