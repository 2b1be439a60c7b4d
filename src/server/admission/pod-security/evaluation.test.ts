import assert from "node:assert/strict";
import { test } from "node:test";
import type { PodSpec } from "../../../api/core/index.ts";
import type { PodView } from "./check.ts";
import { violations } from "./evaluation.ts";
import type { Level } from "./policy.ts";
import { levelVersion } from "./policy.ts";

const pod = (spec: object, container: object = {}, annotations: PodView["annotations"] = {}): PodView => ({
  spec: { containers: [{ name: "c", ...container }], ...spec } as unknown as PodSpec,
  annotations,
});
/** Meets `restricted`, but for what a row adds. */
const hardened = (spec: object = {}, own: object = {}): PodView =>
  pod(spec, {
    securityContext: {
      allowPrivilegeEscalation: false,
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
      capabilities: { drop: ["ALL"] },
      ...own,
    },
  });
const two = (a: object, b: object, spec: object = {}): PodView =>
  pod({ containers: [{ name: "b", ...b }], initContainers: [{ name: "a", ...a }], ...spec });
const secured = (a: object, b: object, ofPod: object = {}): PodView =>
  two({ securityContext: a }, { securityContext: b }, { securityContext: ofPod });
const probing = (host: string): object => ({ httpGet: { host, port: 80 } });

const LACKS = [
  'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false)',
  'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"])',
  'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true)',
  'seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
];

const TEXTS: readonly [rule: string, view: PodView, level: Level, found: string | undefined][] = [
  ["privileged forbids nothing", pod({ hostPID: true }), "privileged", undefined],
  ["a plain pod meets baseline", pod({}), "baseline", undefined],
  ["a plain pod lacks all of restricted", pod({}), "restricted", LACKS.join(", ")],
  ["a hardened pod meets restricted", hardened(), "restricted", undefined],
  [
    "rules of baseline come first",
    hardened({ hostPID: true, securityContext: { sysctls: [{ name: "x" }] } }, { runAsUser: 0 }),
    "restricted",
    'host namespaces (hostPID=true), forbidden sysctls (x), runAsUser=0 (container "c" must not set runAsUser=0)',
  ],
  [
    "namespaces of the host",
    pod({ hostNetwork: true, hostPID: true, hostIPC: true }),
    "baseline",
    "host namespaces (hostNetwork=true, hostPID=true, hostIPC=true)",
  ],
  [
    "volumes of the host",
    pod({ volumes: ["a", "b"].map((name) => ({ name, hostPath: { path: "/" } })) }),
    "baseline",
    'hostPath volumes (volumes "a", "b")',
  ],
  [
    "volumes that are neither configuration nor claims",
    hardened({
      volumes: [
        { name: "a", emptyDir: {} },
        { name: "b", image: {} },
        { name: "c", nfs: {} },
        { name: "d", hostPath: {} },
        { name: "e" },
      ],
    }),
    "restricted",
    'restricted volume types (volumes "c", "d", "e" use restricted volume types "hostPath", "nfs", "unknown")',
  ],
  [
    "ports of the host, in the order of texts",
    two({ ports: [{ hostPort: 80 }, { hostPort: 0 }] }, { ports: [{ hostPort: 10000 }, { hostPort: 80 }] }),
    "baseline",
    'hostPort (containers "a", "b" use hostPorts 10000, 80)',
  ],
  [
    "one port of the host",
    pod({}, { ports: [{ hostPort: 8080 }] }),
    "baseline",
    'hostPort (container "c" uses hostPort 8080)',
  ],
  [
    "capabilities that no container has by itself",
    secured({ capabilities: { add: ["FOO", "BAR", "CHOWN"] } }, { capabilities: { add: ["FOO"] } }),
    "baseline",
    'non-default capabilities (containers "a", "b" must not include "BAR", "FOO" in securityContext.capabilities.add)',
  ],
  [
    "capabilities beyond the one that restricted allows",
    hardened({}, { capabilities: { add: ["NET_BIND_SERVICE", "CHOWN"] } }),
    "restricted",
    'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]; container "c" must not include "CHOWN" in securityContext.capabilities.add)',
  ],
  [
    "privileged containers",
    secured({ privileged: true }, { privileged: false }),
    "baseline",
    'privileged (container "a" must not set securityContext.privileged=true)',
  ],
  [
    "what of /proc is to be seen",
    secured({ procMount: "Unmasked" }, { procMount: "other" }),
    "baseline",
    'procMount (containers "a", "b" must not set securityContext.procMount to "Unmasked", "other")',
  ],
  [
    "hosts that probes and hooks ask",
    two(
      { livenessProbe: probing("b.com"), lifecycle: { preStop: probing("a.com") } },
      { startupProbe: probing(""), lifecycle: { postStart: { tcpSocket: { host: "b.com" } } } },
    ),
    "baseline",
    'probe or lifecycle host (containers "a", "b" use probe or lifecycle hosts "a.com", "b.com")',
  ],
  [
    "AppArmor profiles of the pod, of containers and in annotations",
    {
      ...secured(
        { appArmorProfile: { type: "Localhost" } },
        { appArmorProfile: { type: "None" } },
        {
          appArmorProfile: { type: "Unconfined" },
        },
      ),
      annotations: {
        "container.apparmor.security.beta.kubernetes.io/a": "unconfined",
        "container.apparmor.security.beta.kubernetes.io/b": "localhost/x",
      },
    },
    "baseline",
    'forbidden AppArmor profiles (pod and container "b" and annotation must not set AppArmor profile type to "None", "Unconfined", "container.apparmor.security.beta.kubernetes.io/a="unconfined"")',
  ],
  [
    "one AppArmor profile",
    pod({ securityContext: { appArmorProfile: { type: "Unconfined" } } }),
    "baseline",
    'forbidden AppArmor profile (pod must not set AppArmor profile type to "Unconfined")',
  ],
  [
    "seccomp profiles that are none",
    secured({ seccompProfile: { type: "Unconfined" } }, {}, { seccompProfile: { type: "Unconfined" } }),
    "baseline",
    'seccompProfile (pod and container "a" must not set securityContext.seccompProfile.type to "Unconfined")',
  ],
  [
    "SELinux types, users and roles",
    secured(
      { seLinuxOptions: { type: "foo" } },
      { seLinuxOptions: { type: "bar", user: "u" } },
      {
        seLinuxOptions: { role: "r" },
      },
    ),
    "baseline",
    'seLinuxOptions (pod and containers "a", "b" set forbidden securityContext.seLinuxOptions: types "bar", "foo"; user may not be set; role may not be set)',
  ],
  [
    "processes of a Windows host",
    secured({}, { windowsOptions: { hostProcess: true } }, { windowsOptions: { hostProcess: true } }),
    "baseline",
    'hostProcess (pod and container "b" must not set securityContext.windowsOptions.hostProcess=true)',
  ],
  [
    "who says root outdoes who says nothing",
    hardened({ securityContext: { runAsNonRoot: false, runAsUser: 0 } }),
    "restricted",
    "runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false), runAsUser=0 (pod must not set runAsUser=0)",
  ],
];

for (const [rule, view, level, found] of TEXTS) {
  test(`${level}: ${rule}`, () => assert.equal(violations(view, levelVersion(level, "latest")), found));
}

const sysctl = (name: string): PodView => pod({ securityContext: { sysctls: [{ name }] } });
const annotated = (...keys: string[]): PodView => pod({}, {}, Object.fromEntries(keys.map((key) => [key, "un\n"])));
const SECCOMP = "seccomp.security.alpha.kubernetes.io/";

/** What each version knew, and the one before it did not. */
const VERSIONS: readonly [
  rule: string,
  view: PodView,
  level: Level,
  since: Readonly<Record<string, string | undefined>>,
][] = [
  [
    "annotations chose the seccomp profile",
    annotated(`${SECCOMP}pod`, `container.${SECCOMP}c`, `container.${SECCOMP}other`),
    "baseline",
    {
      "v1.0": `seccompProfile (forbidden annotations container.${SECCOMP}c="un\\n", ${SECCOMP}pod="un\\n")`,
      "v1.19": undefined,
    },
  ],
  [
    "the field chooses the seccomp profile",
    pod({ securityContext: { seccompProfile: { type: "Unconfined" } } }),
    "baseline",
    {
      "v1.18": undefined,
      "v1.19": 'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")',
    },
  ],
  [
    "restricted grows",
    pod({}),
    "restricted",
    {
      "v1.0": LACKS[2],
      "v1.8": [LACKS[0], LACKS[2]].join(", "),
      "v1.19": [LACKS[0], LACKS[2], LACKS[3]].join(", "),
      "v1.21": [LACKS[0], LACKS[2], LACKS[3]].join(", "),
      "v1.22": LACKS.join(", "),
      "v1.999": LACKS.join(", "),
    },
  ],
  [
    "what Windows cannot set is not asked of it",
    pod({ os: { name: "windows" } }),
    "restricted",
    { "v1.24": LACKS.join(", "), "v1.25": LACKS[2] },
  ],
  [
    "the user that is root",
    hardened({}, { runAsUser: 0 }),
    "restricted",
    { "v1.22": undefined, "v1.23": 'runAsUser=0 (container "c" must not set runAsUser=0)' },
  ],
  [
    "root of a user namespace is nobody",
    hardened({ hostUsers: false }, { runAsUser: 0, runAsNonRoot: false }),
    "restricted",
    {
      "v1.34":
        'runAsNonRoot != true (container "c" must not set securityContext.runAsNonRoot=false), runAsUser=0 (container "c" must not set runAsUser=0)',
      "v1.35": undefined,
    },
  ],
  [
    "a user namespace may see all of /proc",
    hardened({ hostUsers: false }, { procMount: "Unmasked" }),
    "baseline",
    {
      "v1.34": 'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
      "v1.35": undefined,
    },
  ],
  [
    "restricted does not allow it",
    hardened({ hostUsers: false }, { procMount: "Unmasked" }),
    "restricted",
    { "v1.35": 'procMount (container "c" must not set securityContext.procMount to "Unmasked")' },
  ],
  [
    "one more type of SELinux",
    pod({}, { securityContext: { seLinuxOptions: { type: "container_engine_t" } } }),
    "baseline",
    {
      "v1.30": 'seLinuxOptions (container "c" set forbidden securityContext.seLinuxOptions: type "container_engine_t")',
      "v1.31": undefined,
    },
  ],
  [
    "hosts of probes",
    pod({}, { readinessProbe: { tcpSocket: { host: "::1" } } }),
    "baseline",
    { "v1.33": undefined, "v1.34": 'probe or lifecycle host (container "c" uses probe or lifecycle host "::1")' },
  ],
  ["a sysctl that was always safe", sysctl("kernel.shm_rmid_forced"), "baseline", { "v1.0": undefined }],
  [
    "a sysctl that is safe since 1.27",
    sysctl("net.ipv4.ip_local_reserved_ports"),
    "baseline",
    { "v1.26": "forbidden sysctls (net.ipv4.ip_local_reserved_ports)", "v1.27": undefined },
  ],
  [
    "one that is since 1.29",
    sysctl("net.ipv4.tcp_fin_timeout"),
    "baseline",
    { "v1.28": "forbidden sysctls (net.ipv4.tcp_fin_timeout)", "v1.29": undefined },
  ],
  [
    "one that is since 1.32",
    sysctl("net.ipv4.tcp_wmem"),
    "baseline",
    { "v1.31": "forbidden sysctls (net.ipv4.tcp_wmem)", "v1.32": undefined, latest: undefined },
  ],
];

for (const [rule, view, level, since] of VERSIONS) {
  test(`${level} by version: ${rule}`, () => {
    const versions = Object.keys(since);
    assert.deepEqual(
      versions.map((version) => violations(view, levelVersion(level, version))),
      Object.values(since),
      versions.join(" "),
    );
  });
}
