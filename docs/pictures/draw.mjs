// Draws `session.txt`, what a terminal showed, as `session.svg`: npx node docs/pictures/draw.mjs
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const WIDTH = 760;
const LINE = 19;
const TOP = 58;
const COLORS = {
  text: "#c9d4e0",
  command: "#ffffff",
  prompt: "#5ec4b6",
  done: "#7fd88f",
  time: "#e8b668",
  tree: "#5d7a94",
};

const lines = readFileSync(join(import.meta.dirname, "session.txt"), "utf8")
  .trimEnd()
  .split("\n");
const height = TOP + lines.length * LINE + 14;
const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const span = (text, color, weight = "") =>
  `<tspan fill="${color}"${weight && ` font-weight="${weight}"`}>${escape(text)}</tspan>`;

function colored(line) {
  if (line.startsWith("$ ")) return span("$ ", COLORS.prompt, "bold") + span(line.slice(2), COLORS.command, "bold");
  const done = /^( +✓)(.*?)(\(\d+ ms\))?$/.exec(line);
  if (done) return span(done[1], COLORS.done) + span(done[2], COLORS.text) + span(done[3] ?? "", COLORS.tree);
  const told = /^( *\+\d+ ms {2})([│├└─ ]*)(.*?)( +\d+ ms)?$/.exec(line);
  if (told) {
    const [, when, tree, what, took = ""] = told;
    return span(when, COLORS.time) + span(tree, COLORS.tree) + span(what, COLORS.text) + span(took, COLORS.tree);
  }
  return span(line, COLORS.text);
}

const rows = lines.map(
  (line, index) => `  <text x="22" y="${TOP + index * LINE}" xml:space="preserve">${colored(line)}</text>`,
);
const dots = ["#ff6058", "#ffbd2e", "#28c840"].map(
  (color, index) => `<circle cx="${24 + index * 20}" cy="20" r="6" fill="${color}"/>`,
);
const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">
  <title>A terminal: a cluster starts, a deployment is applied, its pods run, and its story is told</title>
  <rect width="${WIDTH}" height="${height}" rx="10" fill="#10202e"/>
  <rect width="${WIDTH}" height="38" rx="10" fill="#1a3042"/>
  <rect y="28" width="${WIDTH}" height="10" fill="#1a3042"/>
  ${dots.join("")}
  <g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">
${rows.join("\n")}
  </g>
</svg>
`;
writeFileSync(join(import.meta.dirname, "session.svg"), svg);
