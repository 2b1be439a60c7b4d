/**
 * The story of an object: what happened, who did it, because of what, when, and how long it took.
 *
 * Made of the revisions that the API server tells (machinery/told-change.ts), by pure functions:
 *
 *     buildStory(changes)            a tree of acts; each is one write, or several that belong together
 *     criticalPath(chapter, story)   where the time went
 *     storyText(story, options)      the tree for a terminal
 *
 * Worked example: `kubectl apply` of a Deployment is one chapter. Its first act is the apply; below it the deployment
 * controller's "created ReplicaSet web-1", below that "created Pod web-1-a", below that the scheduler's and the
 * kubelet's work for that pod. What happens to an object stands below what was last wanted of it, whoever wants it.
 */
import type { Note } from "../machinery/door.ts";
import type { ToldChange, ToldField } from "../machinery/told-change.ts";

export interface Story {
  /** In the order in which they began. Each begins with something that nobody here asked for. */
  readonly chapters: readonly Act[];
  /** All revisions, oldest first. */
  readonly changes: readonly ToldChange[];
}

export interface ObjectName {
  readonly key: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

export type Verb = "create" | "update" | "delete";

export interface Act {
  /** The revisions told by it; several where one writer reported again and again. */
  readonly revisions: readonly number[];
  /** The component, or the user with his program: `deployment-controller`, `jane (kubectl)`. */
  readonly who: string;
  /** `created ReplicaSet web-749c557888`. */
  readonly what: string;
  readonly object: ObjectName;
  readonly verb: Verb;
  /** When it was begun and when it was durable. Milliseconds since the epoch. */
  readonly began: number;
  readonly ended: number;
  /** When the last of what it caused was done, Events aside. */
  readonly settled: number;
  /** Why, where that is not what it stands below. */
  readonly because?: string;
  /** Nobody said why: it is what ownership and history suggest. */
  readonly inferred?: true;
  readonly trace?: string;
  /** The stages of the (first) request, in milliseconds after it came in. */
  readonly stages: ToldChange["stages"];
  /** What changed, first to last. */
  readonly fields: readonly ToldField[];
  /** What the writer says it did for it: pulled an image, started a container, chose a node. */
  readonly steps: readonly Step[];
  readonly events: readonly Said[];
  readonly children: readonly Act[];
  /** This act stands for several of the same sort; `children` are the slowest and the fastest. */
  readonly group?: Group;
}

export interface Step {
  readonly text: string;
  readonly began: number;
  readonly ended: number;
  readonly failed?: true;
  /** Further lines. */
  readonly more: readonly string[];
  readonly note: Note;
}

/** An Event. */
export interface Said {
  readonly who: string;
  readonly at: number;
  readonly warning: boolean;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
}

export interface Group {
  readonly count: number;
  /** How long each took with all it caused, in milliseconds. */
  readonly fastest: number;
  readonly median: number;
  readonly slowest: number;
}
