/** Colours of a terminal. */
export type Color = "plain" | "bold" | "dim" | "red" | "green" | "yellow" | "cyan";
export type Paint = (color: Color, text: string) => string;

const CODES: Readonly<Record<Color, string>> = {
  plain: "0",
  bold: "1",
  dim: "2",
  red: "31",
  green: "32",
  yellow: "33",
  cyan: "36",
};

/** Paints, or leaves everything as it is. */
export function painter(colors: boolean): Paint {
  return (color, text) =>
    colors && text !== "" && color !== "plain" ? `\u001b[${CODES[color]}m${text}\u001b[0m` : text;
}
