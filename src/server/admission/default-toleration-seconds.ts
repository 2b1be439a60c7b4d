/** A pod stays on a node that is not ready or unreachable for five minutes, unless it says otherwise itself. */
import type { AdmissionPlugin } from "./admission.ts";
import { createsPod, podOf, updatesPod } from "./pods.ts";

const SECONDS = 300;
const TAINTS = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

export const defaultTolerationSeconds: AdmissionPlugin = {
  name: "DefaultTolerationSeconds",
  handles: (attributes) => createsPod(attributes) || updatesPod(attributes),
  admit(attributes) {
    const pod = podOf(attributes);
    let { spec } = pod;
    for (const key of TAINTS) {
      const said = spec.tolerations?.some(
        (toleration) =>
          (toleration.key === key || !toleration.key) && (toleration.effect === "NoExecute" || !toleration.effect),
      );
      if (said) continue;
      const added = { key, operator: "Exists", effect: "NoExecute", tolerationSeconds: SECONDS } as const;
      spec = pod.spec = { ...spec, tolerations: [...(spec.tolerations ?? []), added] };
    }
  },
};
