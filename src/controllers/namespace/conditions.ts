/** How far the deletion of a namespace is, as conditions in upstream's words. */
import type { NamespaceCondition } from "../../api/core/index.ts";
import { formatTime } from "../../machinery/time.ts";
import type { Deletion } from "./delete-content.ts";

interface Text {
  readonly type: string;
  /** `status`, reason and message; a condition is True when something is in the way. */
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

export function conditionsOf(
  present: readonly NamespaceCondition[],
  deletion: Deletion,
  now: number,
): NamespaceCondition[] {
  const texts = textsOf(deletion);
  const conditions = present.filter(({ type }) => !texts.some((text) => text.type === type));
  for (const text of texts) {
    const before = present.find(({ type }) => type === text.type);
    const same = before?.status === text.status;
    conditions.push({ ...text, lastTransitionTime: same ? before.lastTransitionTime : formatTime(now) });
  }
  return conditions;
}

function textsOf({ discoveryFailures, failures, remaining, finalizers }: Deletion): Text[] {
  const discovery = discoveryFailures.length;
  return [
    discovery > 0
      ? problem(
          "NamespaceDeletionDiscoveryFailure",
          "DiscoveryFailed",
          `Discovery failed for some groups, ${discovery} failing: unable to retrieve the complete list of server APIs: ${discoveryFailures.join(", ")}`,
        )
      : fine("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered"),
    fine(
      "NamespaceDeletionGroupVersionParsingFailure",
      "ParsedGroupVersions",
      "All legacy kube types successfully parsed",
    ),
    failures.length > 0
      ? problem(
          "NamespaceDeletionContentFailure",
          "ContentDeletionFailed",
          `Failed to delete all resource types, ${failures.length} remaining: ${failures.toSorted().join(", ")}`,
        )
      : fine(
          "NamespaceDeletionContentFailure",
          "ContentDeleted",
          "All content successfully deleted, may be waiting on finalization",
        ),
    remaining.size > 0
      ? problem(
          "NamespaceContentRemaining",
          "SomeResourcesRemain",
          `Some resources are remaining: ${counted(remaining, (name, count) => `${name} has ${count} resource instances`)}`,
        )
      : fine("NamespaceContentRemaining", "ContentRemoved", "All content successfully removed"),
    finalizers.size > 0
      ? problem(
          "NamespaceFinalizersRemaining",
          "SomeFinalizersRemain",
          `Some content in the namespace has finalizers remaining: ${counted(finalizers, (name, count) => `${name} in ${count} resource instances`)}`,
        )
      : fine("NamespaceFinalizersRemaining", "ContentHasNoFinalizers", "All content-preserving finalizers finished"),
  ];
}

const fine = (type: string, reason: string, message: string): Text => ({ type, status: "False", reason, message });
const problem = (type: string, reason: string, message: string): Text => ({ type, status: "True", reason, message });

function counted(counts: ReadonlyMap<string, number>, text: (name: string, count: number) => string): string {
  return [...counts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => text(name, count))
    .join(", ");
}
