/** A pod learns its zone and region from the node it is put on, so that it can be told of them as of any label. */
import type { Binding, Node } from "../../api/core/index.ts";
import type { Draft } from "../../machinery/kind.ts";
import type { Store } from "../../store/store.ts";
import type { AdmissionPlugin } from "./admission.ts";
import { createsPod, podOf } from "./pods.ts";

const LABELS = ["topology.kubernetes.io/zone", "topology.kubernetes.io/region"];

export function podTopologyLabels(store: Store): AdmissionPlugin {
  function copy(nodeName: string | undefined, { metadata }: Draft<Pick<Node, "metadata">>): void {
    if (!nodeName) return;
    const known = (store.head(`/core/nodes/${nodeName}`)?.object as Node | undefined)?.metadata.labels;
    for (const label of LABELS) {
      if (known?.[label] !== undefined) (metadata.labels ??= {})[label] = known[label];
    }
  }

  return {
    name: "PodTopologyLabels",
    handles: (attributes) =>
      createsPod(attributes) ||
      (attributes.operation === "CREATE" &&
        attributes.group === "" &&
        attributes.resource === "pods" &&
        attributes.subresource === "binding"),
    admit(attributes) {
      if (!attributes.subresource) {
        const pod = podOf(attributes);
        return copy(pod.spec.nodeName, pod);
      }
      const binding = attributes.object as unknown as Draft<Binding>;
      if (binding.target.kind === "Node") copy(binding.target.name, binding);
    },
  };
}
