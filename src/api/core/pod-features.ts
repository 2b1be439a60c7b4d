/** Features of pods that v1.36 does not switch on. */
import type { Feature } from "../../machinery/switched-off.ts";

const LISTS = ["containers", "initContainers", "ephemeralContainers"] as const;

const IN_SPEC: readonly Feature[] = [
  // ClusterTrustBundleProjection
  ["volumes[].projected.sources[].clusterTrustBundle"],
  // PodCertificateRequest
  ["volumes[].projected.sources[].podCertificate"],
  // GenericWorkload
  ["schedulingGroup"],
  // ContainerStopSignals
  LISTS.map((list) => `${list}[].lifecycle?.stopSignal`),
];

const IN_STATUS: readonly Feature[] = [
  // DRANodeAllocatableResources
  ["nodeAllocatableResourceClaimStatuses"],
  // ImageVolumeWithDigest
  ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"].map(
    (list) => `${list}[].volumeMounts[].volumeStatus`,
  ),
];

const within = (at: string, features: readonly Feature[]): readonly Feature[] =>
  features.map((paths) => paths.map((path) => `${at}.${path}`));

/** Of what makes pods by the spec at `at`. */
export const podSpecFeatures = (at: string): readonly Feature[] => within(at, IN_SPEC);

export const podFeatures: readonly Feature[] = [...podSpecFeatures("spec"), ...within("status", IN_STATUS)];
