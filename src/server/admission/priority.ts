/** Resolves a pod's priority class to its number and preemption policy; keeps one class the default. */
import type { PriorityClass } from "../../api/scheduling/index.ts";
import { forbidden } from "../../machinery/errors.ts";
import type { Store } from "../../store/store.ts";
import { toldName } from "./admission.ts";
import type { AdmissionPlugin } from "./admission.ts";
import { PODS, createsPod, podOf } from "./pods.ts";
import { standing } from "./standing.ts";

const CLASSES = "/scheduling.k8s.io/priorityclasses/";

export function priority(store: Store): AdmissionPlugin {
  const classes = standing<PriorityClass>(store, CLASSES);
  return {
    name: "Priority",
    handles: (attributes) => createsPod(attributes) || writesClass(attributes),
    admit(attributes) {
      if (!createsPod(attributes)) return;
      const { spec } = podOf(attributes);
      const found = spec.priorityClassName ? classNamed(store, spec.priorityClassName) : defaultOf(classes());
      if (spec.priorityClassName && !found) {
        throw forbidden(PODS, toldName(attributes), `no PriorityClass with name ${spec.priorityClassName} was found`);
      }
      const value = found?.value ?? 0;
      const policy = found?.preemptionPolicy ?? "PreemptLowerPriority";
      const computed = `priority admission controller computed`;
      if (spec.priority !== undefined && spec.priority !== value) {
        const why = `the integer value of priority (${spec.priority}) must not be provided in pod spec; ${computed} ${value} from the given PriorityClass name`;
        throw forbidden(PODS, toldName(attributes), why);
      }
      if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
        const why = `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; ${computed} ${policy} from the given PriorityClass name`;
        throw forbidden(PODS, toldName(attributes), why);
      }
      if (found) spec.priorityClassName = found.metadata.name;
      spec.priority = value;
      spec.preemptionPolicy = policy;
    },
    validate(attributes) {
      if (!writesClass(attributes)) return;
      const next = attributes.object as unknown as PriorityClass;
      if (!next.globalDefault) return;
      const other = defaultOf(classes());
      if (!other || other.metadata.name === next.metadata.name) return;
      const why = `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`;
      throw forbidden({ group: attributes.group, resource: attributes.resource }, toldName(attributes), why);
    },
  };
}

function writesClass({ operation, group, resource }: { operation: string; group: string; resource: string }): boolean {
  return (
    (operation === "CREATE" || operation === "UPDATE") &&
    resource === "priorityclasses" &&
    group === "scheduling.k8s.io"
  );
}

function classNamed(store: Store, name: string): PriorityClass | undefined {
  return store.head(CLASSES + name)?.object as PriorityClass | undefined;
}

/** The global default with the lowest value, should there be several. */
function defaultOf(classes: readonly PriorityClass[]): PriorityClass | undefined {
  let found: PriorityClass | undefined;
  for (const each of classes) if (each.globalDefault && (!found || each.value < found.value)) found = each;
  return found;
}
