/** Rules on RuntimeClasses. */
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { duplicate, path, required } from "../../machinery/field-errors.ts";
import { isDNS1123Label } from "../../machinery/names.ts";
import { checkTolerations } from "../core/affinity.validation.ts";
import type { Toleration } from "../core/pod-scheduling.ts";
import { checkResources } from "../core/resources.validation.ts";
import { checkLabels } from "../label-selector.validation.ts";
import type { Errors } from "../rules.ts";
import { add } from "../rules.ts";
import type { Overhead, Scheduling } from "./runtime-class.ts";

interface RuntimeClassParts {
  readonly handler: string;
  readonly overhead?: Overhead;
  readonly scheduling?: Scheduling;
}

export function validateRuntimeClass({ handler, overhead, scheduling }: RuntimeClassParts): FieldError[] {
  const errors: Errors = [];
  if (handler === "") errors.push(required("handler"));
  else add(errors, path("handler"), handler, isDNS1123Label(handler));
  if (overhead?.podFixed !== undefined) {
    checkResources(errors, path("overhead"), { limits: overhead.podFixed }, { claims: new Set() });
  }
  if (scheduling === undefined) return errors;
  const at = path("scheduling");
  checkLabels(errors, at.child("nodeSelector"), scheduling.nodeSelector);
  if (scheduling.tolerations !== undefined) checkTolerationSet(errors, at.child("tolerations"), scheduling.tolerations);
  return errors;
}

/** Each once, however long it holds. */
function checkTolerationSet(errors: Errors, at: Path, tolerations: readonly Toleration[]): void {
  checkTolerations(errors, at, tolerations);
  const seen = new Set<string>();
  tolerations.forEach((toleration, index) => {
    const { key = "", operator = "", value = "", effect = "", tolerationSeconds = null } = toleration;
    const tolerated = JSON.stringify([key, operator, value, effect]);
    if (!seen.has(tolerated)) {
      seen.add(tolerated);
      return;
    }
    const shown = { Key: key, Operator: operator, Value: value, Effect: effect, TolerationSeconds: tolerationSeconds };
    errors.push(duplicate(at.index(index), shown));
  });
}
