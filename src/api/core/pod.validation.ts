/** Rules on pods at creation, which hold for them as they are later on, too. */
import type { FieldError } from "../../machinery/field-errors.ts";
import { forbidden, path } from "../../machinery/field-errors.ts";
import type { KubeObject, StrategyContext } from "../../machinery/kind.ts";
import type { Errors } from "../rules.ts";
import { checkImageSpace } from "./container.validation.ts";
import { MIRROR, checkPodAnnotations, checkProfilesAgree, checkSeccompAgrees } from "./pod-annotations.validation.ts";
import type { PodSpec } from "./pod-spec.ts";
import { checkPodSpec } from "./pod-spec.validation.ts";
import type { PodStatus } from "./pod-status.ts";
import type { VolumeContext } from "./volume.validation.ts";

export interface PodLike extends KubeObject {
  readonly spec: PodSpec;
  readonly status: PodStatus;
}

const SPEC = path("spec");

export function validatePod(pod: PodLike, { subresource, previous }: StrategyContext): FieldError[] {
  const errors: Errors = [];
  if (subresource === "status") return errors;
  const { spec } = pod;
  const isMirror = pod.metadata.annotations?.[MIRROR] !== undefined;
  const restartsInit = restartsInitContainers(previous as PodLike | undefined);
  const usual = !isMirror && !restartsInit;
  if (!usual || !sound.has(spec)) checkSpec(errors, pod, { isMirror, restartsInit });
  if (usual && errors.length === 0 && !namesClaims(spec)) sound.add(spec);
  const annotations = annotationErrors(pod, previous);
  // An object without a revision is about to be created.
  if (pod.metadata.resourceVersion === undefined) checkNew(errors, pod);
  return [...annotations, ...errors];
}

export function annotationErrors({ metadata, spec }: PodLike, previous: KubeObject | undefined): Errors {
  const errors: Errors = [];
  const { annotations } = metadata;
  if (annotations === undefined) return errors;
  checkPodAnnotations(errors, path("metadata", "annotations"), annotations, spec, previous?.metadata.annotations);
  return errors;
}

/** Specs without a fault. Pods made alike, and updates that leave a spec alone, have the very same one: it is checked once. */
const sound = new WeakSet<PodSpec>();

/** Claims for ephemeral volumes are named after the pod, so that with another name they may be at fault. */
const namesClaims = ({ volumes = [] }: PodSpec): boolean => volumes.some(({ ephemeral }) => ephemeral !== undefined);

function restartsInitContainers(pod: PodLike | undefined): boolean {
  const once = pod?.spec.initContainers?.filter(({ restartPolicy }) => restartPolicy !== "Always") ?? [];
  return once.some(({ resizePolicy }) =>
    resizePolicy?.some(({ restartPolicy }) => restartPolicy === "RestartContainer"),
  );
}

type Oddities = Pick<VolumeContext, "isMirror" | "restartsInit">;

function checkSpec(errors: Errors, { metadata, spec }: PodLike, oddities: Oddities): void {
  checkPodSpec(errors, SPEC, spec, { ...oddities, isPod: true, podName: metadata.name ?? "" });
  if ((spec.serviceAccountName ?? "") === "") forbidTokens(errors, spec);
  spec.containers?.forEach((each, index) => checkImageSpace(errors, SPEC.child("containers").index(index), each));
  spec.initContainers?.forEach((each, index) =>
    checkImageSpace(errors, SPEC.child("initContainers").index(index), each),
  );
}

function forbidTokens(errors: Errors, spec: PodSpec): void {
  spec.volumes?.forEach(({ projected }, index) =>
    projected?.sources?.forEach(({ serviceAccountToken }, source) => {
      if (serviceAccountToken === undefined) return;
      const at = SPEC.child("volumes").index(index).child("projected", "sources").index(source);
      const text = "must not be specified when serviceAccountName is not set";
      errors.push(forbidden(at.child("serviceAccountToken"), text));
    }),
  );
}

function checkNew(errors: Errors, { metadata, spec }: PodLike): void {
  if ((spec.ephemeralContainers ?? []).length > 0) {
    errors.push(forbidden(SPEC.child("ephemeralContainers"), "cannot be set on create"));
  }
  if ((spec.schedulingGates ?? []).length > 0 && (spec.nodeName ?? "") !== "") {
    errors.push(forbidden(SPEC.child("nodeName"), "cannot be set until all schedulingGates have been cleared"));
  }
  if (metadata.annotations === undefined) return;
  checkSeccompAgrees(errors, SPEC, metadata.annotations, spec);
  checkProfilesAgree(errors, SPEC, metadata.annotations, spec);
}
