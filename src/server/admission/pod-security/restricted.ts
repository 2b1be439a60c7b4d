/** What `restricted` asks for beyond `baseline`: that a pod says it needs no more than it does. */
import { excess, findProcMount, findSeccomp } from "./baseline.ts";
import type { AnyContainer, Check, Finding, PodView } from "./check.ts";
import {
  always,
  containersOf,
  exceptUserNamespaces,
  exceptWindows,
  forContainers,
  isSafeProfile,
  named,
  plural,
  quoted,
  setters,
  sorted,
} from "./check.ts";

const findEscalation = forContainers(
  "allowPrivilegeEscalation != false",
  ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false,
  (who) => `${named(who)} must set securityContext.allowPrivilegeEscalation=false`,
);

const VOLUMES: ReadonlySet<string> = new Set([
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);

export const RESTRICTED: readonly Check[] = [
  {
    id: "allowPrivilegeEscalation",
    versions: [
      { since: 8, find: findEscalation },
      { since: 25, find: exceptWindows(findEscalation) },
    ],
  },
  {
    id: "capabilities_restricted",
    versions: [
      { since: 22, find: findCapabilities },
      { since: 25, find: exceptWindows(findCapabilities) },
    ],
    replaces: "capabilities_baseline",
  },
  // Where baseline has its exception for user namespaces, restricted has none.
  { id: "procMount_restricted", versions: [{ since: 35, find: findProcMount }], replaces: "procMount" },
  { id: "restrictedVolumes", versions: always(findVolumes), replaces: "hostPathVolumes" },
  {
    id: "runAsNonRoot",
    versions: [
      { since: 0, find: findRunAsNonRoot },
      { since: 35, find: exceptUserNamespaces(findRunAsNonRoot) },
    ],
  },
  {
    id: "runAsUser",
    versions: [
      { since: 23, find: findRunAsUser },
      { since: 35, find: exceptUserNamespaces(findRunAsUser) },
    ],
  },
  {
    id: "seccompProfile_restricted",
    versions: [
      { since: 19, find: findSeccompRestricted },
      { since: 25, find: exceptWindows(findSeccompRestricted) },
    ],
    replaces: "seccompProfile_baseline",
  },
];

const NET_BIND_SERVICE = new Set(["NET_BIND_SERVICE"]);

function findCapabilities(pod: PodView): Finding | undefined {
  const containers = containersOf(pod);
  const undropped = containers.filter(({ securityContext }) => !securityContext?.capabilities?.drop?.includes("ALL"));
  const adding = containers.filter((container) => excess(container, NET_BIND_SERVICE).length > 0);
  const parts: string[] = [];
  if (undropped.length > 0) parts.push(`${named(undropped)} must set securityContext.capabilities.drop=["ALL"]`);
  if (adding.length > 0) {
    const names = quoted(sorted(adding.flatMap((each) => excess(each, NET_BIND_SERVICE))));
    parts.push(`${named(adding)} must not include ${names} in securityContext.capabilities.add`);
  }
  return parts.length > 0 ? { reason: "unrestricted capabilities", detail: parts.join("; ") } : undefined;
}

function findVolumes({ spec }: PodView): Finding | undefined {
  const found = (spec.volumes ?? []).flatMap(({ name, ...sources }) => {
    const kinds = Object.entries(sources).flatMap(([kind, source]) => (source === undefined ? [] : [kind]));
    return kinds.some((kind) => VOLUMES.has(kind)) ? [] : [{ name, kind: kinds[0] ?? "unknown" }];
  });
  if (found.length === 0) return undefined;
  const kinds = sorted(found.map(({ kind }) => kind));
  const who = `${plural("volume", found)} ${quoted(found.map(({ name }) => name))} ${found.length === 1 ? "uses" : "use"}`;
  return {
    reason: "restricted volume types",
    detail: `${who} ${plural("restricted volume type", kinds)} ${quoted(kinds)}`,
  };
}

/** A container may set it itself; what it leaves out it takes from the pod. */
function findRunAsNonRoot(pod: PodView): Finding | undefined {
  const reason = "runAsNonRoot != true";
  const ofPod = pod.spec.securityContext?.runAsNonRoot;
  const containers = containersOf(pod);
  const of = ({ securityContext }: AnyContainer): boolean | undefined => securityContext?.runAsNonRoot;
  const who = setters(
    ofPod === false,
    containers.filter((container) => of(container) === false),
  );
  if (who !== undefined) return { reason, detail: `${who} must not set securityContext.runAsNonRoot=false` };
  const silent = containers.filter((container) => of(container) === undefined);
  if (ofPod === true || silent.length === 0) return undefined;
  return { reason, detail: `pod or ${named(silent)} must set securityContext.runAsNonRoot=true` };
}

function findRunAsUser(pod: PodView): Finding | undefined {
  const containers = containersOf(pod).filter(({ securityContext }) => securityContext?.runAsUser === 0);
  const who = setters(pod.spec.securityContext?.runAsUser === 0, containers);
  return who === undefined ? undefined : { reason: "runAsUser=0", detail: `${who} must not set runAsUser=0` };
}

function findSeccompRestricted(pod: PodView): Finding | undefined {
  const wrong = findSeccomp(pod);
  if (wrong !== undefined || isSafeProfile(pod.spec.securityContext?.seccompProfile)) return wrong;
  const silent = containersOf(pod).filter(({ securityContext }) => securityContext?.seccompProfile === undefined);
  if (silent.length === 0) return undefined;
  const detail = `pod or ${named(silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`;
  return { reason: "seccompProfile", detail };
}
