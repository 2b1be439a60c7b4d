import { humanDuration } from "../../machinery/duration.ts";
import type { Column, KubeObject } from "../../machinery/kind.ts";
import { ageColumn, nameColumn, selectorText, wideTemplateColumns } from "../columns.ts";
import type { JobSpec } from "./job-spec.ts";

interface JobParts extends KubeObject {
  readonly spec: JobSpec;
  readonly status: {
    readonly succeeded?: number;
    readonly startTime?: string;
    readonly completionTime?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

export const jobColumns: readonly Column<JobParts>[] = [
  nameColumn,
  { name: "Status", type: "string", doc: "Status of the job.", value: stateText },
  {
    name: "Completions",
    type: "string",
    doc: "The number of pods which reached phase Succeeded. The value increases monotonically for a given spec. However, it may decrease in reaction to scale down of elastic indexed jobs.",
    value: completionsText,
  },
  { name: "Duration", type: "string", doc: "Time required to complete the job.", value: durationText },
  ageColumn,
  ...wideTemplateColumns<JobParts>(
    ({ spec }) => spec.template,
    ({ spec }) => selectorText(spec.selector),
    "A label query over pods that should match the pod count. Normally, the system sets this field for you. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
  ),
];

/** The first of these that holds. */
const STATES = [
  ["Complete", "Complete"],
  ["Failed", "Failed"],
  ["deleted", "Terminating"],
  ["Suspended", "Suspended"],
  ["FailureTarget", "FailureTarget"],
  ["SuccessCriteriaMet", "SuccessCriteriaMet"],
] as const;

function stateText({ metadata, status }: JobParts): string {
  const holds = new Set(status.conditions?.filter((condition) => condition.status === "True").map(({ type }) => type));
  if (metadata.deletionTimestamp !== undefined) holds.add("deleted");
  return STATES.find(([condition]) => holds.has(condition))?.[1] ?? "Running";
}

function completionsText({ spec, status }: JobParts): string {
  const done = status.succeeded ?? 0;
  if (spec.completions !== undefined) return `${done}/${spec.completions}`;
  const parallel = spec.parallelism ?? 0;
  return parallel > 1 ? `${done}/1 of ${parallel}` : `${done}/1`;
}

function durationText({ status: { startTime, completionTime } }: JobParts, now: number): string {
  if (startTime === undefined) return "";
  const end = completionTime === undefined ? now : Date.parse(completionTime);
  return humanDuration(end - Date.parse(startTime));
}
