/**
 * Where in the declared types a part of an expression lies, for estimates: `self.tags.all(t, …)` gives `t` the path
 * `self`, `tags`, `@items`.
 */
import type { Estimate } from "./estimate.ts";
import type { CelType } from "./types.ts";

/** How large a part can be by its place; undefined where nobody knows. */
export type Sizes = (path: readonly string[], type: CelType) => Estimate | undefined;

/**
 * A list of names that grows as Go's slices do. Two paths that were made longer from the same one share memory while there
 * is room in it, and then the later one changes the earlier one's last name too. Upstream's estimates have that oddity in
 * them: `self.a.all(x, x.y.all(z, x.w == z))` counts as many rounds of the inner loop as `w` is long, for `x.w` is read
 * before the rounds are counted and overwrites `x.y`. It decides which definitions are accepted, so it is here as well.
 */
export class Path {
  readonly #memory: string[];
  readonly #length: number;
  readonly #room: number;

  private constructor(memory: string[], length: number, room: number) {
    this.#memory = memory;
    this.#length = length;
    this.#room = room;
  }

  static of(name: string): Path {
    return new Path([name], 1, 1);
  }

  /** One name longer; `path` may be none at all. */
  static longer(path: Path | undefined, name: string): Path {
    if (path === undefined) return Path.of(name);
    const length = path.#length;
    if (length < path.#room) {
      path.#memory[length] = name;
      return new Path(path.#memory, length + 1, path.#room);
    }
    return new Path([...path.#memory.slice(0, length), name], length + 1, 2 * path.#room);
  }

  get names(): readonly string[] {
    return this.#memory.slice(0, this.#length);
  }
}

/** Sizes of what lies within one declared type, whatever the variable is called that a path begins with. */
export function sizesWithin(root: CelType): Sizes {
  return (path) => {
    if (path.length === 0) return undefined;
    let type: CelType | undefined = root;
    for (const name of path.slice(1)) {
      type = step(type, name);
      if (type === undefined) return undefined;
    }
    return { least: 0, most: type.most ?? 0 };
  };
}

function step(type: CelType, name: string): CelType | undefined {
  const { params } = type;
  switch (name) {
    case "@items":
    case "@values":
      return params?.at(-1);
    case "@keys":
      return type.name === "map" ? params?.[0] : undefined;
    default:
      return type.field?.(name);
  }
}
