/** A Job's pods: how they are made, and what has become of them. */
import { Job } from "../../api/batch/index.ts";
import type { PodFailurePolicyRule } from "../../api/batch/index.ts";
import type { Container, Pod } from "../../api/core/index.ts";
import type { PodTemplateSpec } from "../../api/core/pod-template-spec.ts";
import type { NewObject, Patch } from "../../client/client.ts";
import type { Kind } from "../../machinery/kind.ts";
import { timeOf } from "../../machinery/time.ts";
import { podFrom } from "../runtime/pods.ts";

/** Keeps a finished pod until the Job has counted it. */
const TRACKING = "batch.kubernetes.io/job-tracking";
const INDEX = "batch.kubernetes.io/job-completion-index";
/** How many pods of the same index failed before this one: those that count, and those that a rule ignored. */
const FAILURES = "batch.kubernetes.io/job-index-failure-count";
const IGNORED_FAILURES = "batch.kubernetes.io/job-index-ignored-failure-count";

export const isIndexed = ({ spec }: Job): boolean => spec.completionMode === "Indexed";

export const isTracked = ({ metadata: { finalizers = [] } }: Pod): boolean => finalizers.includes(TRACKING);

/** The patch that takes the finalizer away. */
export function releasing({ metadata: { uid } }: Pod): Patch {
  return { type: "strategic", body: { metadata: { uid, "$deleteFromPrimitiveList/finalizers": [TRACKING] } } };
}

export const indexOf = (pod: Pod): number | undefined => numberIn(pod, INDEX);

function numberIn({ metadata: { annotations } }: Pod, name: string): number | undefined {
  const text = annotations?.[name];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

export function countOf(pod: Pod): { readonly counted: number; readonly ignored: number } {
  return { counted: numberIn(pod, FAILURES) ?? 0, ignored: numberIn(pod, IGNORED_FAILURES) ?? 0 };
}

/** A new pod, for one index where the Job is indexed; `replaced` is the index's last one, which failed. */
export function podOf(job: Job, index: number | undefined, replaced?: Pod): NewObject<Pod> {
  const template = index === undefined ? job.spec.template : indexedTemplate(job, index, failuresWith(job, replaced));
  const { metadata } = template;
  const finalizers = [...(metadata.finalizers ?? []), TRACKING];
  const pod = podFrom({ ...template, metadata: { ...metadata, finalizers } }, Job as Kind, job);
  if (index === undefined) return pod;
  return { ...pod, metadata: { ...pod.metadata, generateName: `${job.metadata.name}-${index}-` } };
}

/** What a new pod says of the failures before it. */
function failuresWith(job: Job, replaced: Pod | undefined): Readonly<Record<string, string>> {
  if (job.spec.backoffLimitPerIndex === undefined) return {};
  const { counted, ignored } = replaced === undefined ? { counted: 0, ignored: 0 } : countOf(replaced);
  const isIgnored = replaced !== undefined && judge(replaced, job).action === "Ignore";
  const now = replaced === undefined || isIgnored ? counted : counted + 1;
  return {
    [FAILURES]: String(now),
    ...((ignored > 0 || isIgnored) && { [IGNORED_FAILURES]: String(ignored + (isIgnored ? 1 : 0)) }),
  };
}

function indexedTemplate(job: Job, index: number, failures: Readonly<Record<string, string>>): PodTemplateSpec {
  const { template } = job.spec;
  const mark = { [INDEX]: String(index) };
  const { containers, initContainers, hostname } = template.spec;
  return {
    ...template,
    metadata: {
      ...template.metadata,
      labels: { ...template.metadata.labels, ...mark },
      annotations: { ...template.metadata.annotations, ...mark, ...failures },
    },
    spec: {
      ...template.spec,
      hostname: hostname ?? `${job.metadata.name}-${index}`,
      containers: containers.map(withIndex),
      ...(initContainers !== undefined && { initContainers: initContainers.map(withIndex) }),
    },
  };
}

function withIndex(container: Container): Container {
  const name = "JOB_COMPLETION_INDEX";
  if (container.env?.some((one) => one.name === name)) return container;
  const variable = { name, valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: `metadata.labels['${INDEX}']` } } };
  return { ...container, env: [...(container.env ?? []), variable] };
}

/** Failed, or being deleted before it could succeed, unless only failed ones are replaced. */
export function hasFailed(pod: Pod, job: Job): boolean {
  if (pod.status.phase === "Failed") return true;
  if (pod.status.phase === "Succeeded") return false;
  return pod.metadata.deletionTimestamp !== undefined && job.spec.podReplacementPolicy !== "Failed";
}

/** When a failed pod ended, milliseconds; as far as it says. */
export function endOf({ metadata, status }: Pod): number {
  let end: number | undefined;
  for (const { state } of status.containerStatuses ?? []) {
    const time = timeOf(state?.terminated?.finishedAt ?? undefined);
    if (time !== undefined && (end === undefined || time > end)) end = time;
  }
  return end ?? timeOf(metadata.deletionTimestamp ?? metadata.creationTimestamp) ?? 0;
}

export interface Verdict {
  readonly action: "Count" | "FailJob" | "FailIndex" | "Ignore";
  readonly message: string;
}

/** What the Job's failure policy makes of a failed pod: the first rule that fits. */
export function judge(pod: Pod, job: Job): Verdict {
  const rules = job.spec.podFailurePolicy?.rules ?? [];
  if (pod.status.phase !== "Failed") return COUNT;
  for (const [at, rule] of rules.entries()) {
    const why = reasonIn(pod, rule);
    if (why === undefined) continue;
    return { action: rule.action, message: `${why} matching ${rule.action} rule at index ${at}` };
  }
  return COUNT;
}

const COUNT: Verdict = { action: "Count", message: "" };

function reasonIn(pod: Pod, { onExitCodes, onPodConditions }: PodFailurePolicyRule): string | undefined {
  const { name, namespace } = pod.metadata;
  if (onExitCodes !== undefined) {
    for (const { name: container, state } of [
      ...(pod.status.containerStatuses ?? []),
      ...(pod.status.initContainerStatuses ?? []),
    ]) {
      const code = state?.terminated?.exitCode;
      if (code === undefined || code === 0) continue;
      if (onExitCodes.containerName !== undefined && onExitCodes.containerName !== container) continue;
      if (onExitCodes.values.includes(code) === (onExitCodes.operator === "In")) {
        return `Container ${container} for pod ${namespace}/${name} failed with exit code ${code}`;
      }
    }
  }
  const found = pod.status.conditions?.find((condition) =>
    onPodConditions?.some(({ type, status }) => condition.type === type && condition.status === status),
  );
  return found && `Pod ${namespace}/${name} has condition ${found.type}`;
}
