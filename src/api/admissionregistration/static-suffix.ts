import type { KubeObject } from "../../machinery/kind.ts";

const SUFFIX = '".static.k8s.io"';

/** Warns of names that the server's own manifests will have for themselves. */
export const warnOfStaticSuffix = ({ metadata: { name = "" } }: KubeObject): string[] =>
  name.endsWith(SUFFIX.slice(1, -1))
    ? [
        `metadata.name: names ending with ${SUFFIX} will be reserved for static manifest-based configurations when the ManifestBasedAdmissionControlConfig feature gate is enabled`,
      ]
    : [];
