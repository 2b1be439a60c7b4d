/**
 * Namespaces are deleted in steps: the first request ends them, whoever put a name into `spec.finalizers` cleans up and takes
 * it off again through `finalize`, and with the last name the object goes.
 */
import type { Namespace } from "../../api/index.ts";
import type { Draft, KubeObject } from "../../machinery/kind.ts";
import type { DeleteOptions } from "../../machinery/meta/options.ts";
import type { Routes } from "../routes.ts";

export function installNamespaces(routes: Routes): void {
  routes.deletedInSteps("/namespaces", {
    begin: (object, options, at) => ended(object as Namespace, options, at),
    isUnderWay: (object) => ((object as Namespace).spec.finalizers?.length ?? 0) > 0,
    returnsDeleted: true,
  });
}

function ended(namespace: Namespace, options: Draft<DeleteOptions>, at: string): KubeObject {
  const { metadata, status } = namespace;
  const { finalizers: own = [], ...others } = metadata;
  const finalizers = finalizersFor(own, options);
  return {
    ...namespace,
    metadata: { ...others, deletionTimestamp: at, ...(finalizers.length > 0 && { finalizers }) },
    status: { ...status, phase: "Terminating" },
  } as KubeObject;
}

/** Here not to orphan dependents is to wait for them, as it is nowhere else. */
function finalizersFor(
  own: readonly string[],
  { orphanDependents, propagationPolicy }: Draft<DeleteOptions>,
): string[] {
  const wanted = (finalizer: string, policy: string, orphans: boolean): boolean => {
    if (orphanDependents !== undefined) return orphanDependents === orphans;
    return propagationPolicy === undefined ? own.includes(finalizer) : propagationPolicy === policy;
  };
  const wants = new Map([
    ["orphan", wanted("orphan", "Orphan", true)],
    ["foregroundDeletion", wanted("foregroundDeletion", "Foreground", false)],
  ]);
  const kept = own.filter((each) => wants.get(each) !== false);
  return [...kept, ...[...wants.keys()].filter((each) => wants.get(each) === true && !own.includes(each))];
}
