import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  ContainerConfig,
  ContainerFilter,
  ContainerStatus,
  ImageSpec,
  LinuxContainerSecurityContext,
  LinuxPodSandboxConfig,
  LinuxResources,
  LinuxSandboxSecurityContext,
  Mount,
  NamespaceOptions,
  PodSandboxConfig,
  PortMapping,
  RegistryAuth,
  SandboxFilter,
} from "../../src/kubelet/runtime.ts";
import { cri } from "./cri-messages.ts";
import type { CriInput } from "./cri-messages.ts";

/** A compile error here names a field of the port that has no tag in the tables, and so would never be sent. */
type Unsent<Port, Message> = Exclude<keyof Port, keyof Message>;
const nothingUnsent = <_T extends never>(): void => {};
nothingUnsent<Unsent<PodSandboxConfig, CriInput<"PodSandboxConfig">>>();
nothingUnsent<Unsent<PortMapping, CriInput<"PortMapping">>>();
nothingUnsent<Unsent<LinuxPodSandboxConfig, CriInput<"LinuxPodSandboxConfig">>>();
nothingUnsent<Unsent<LinuxSandboxSecurityContext, CriInput<"LinuxSandboxSecurityContext">>>();
nothingUnsent<Unsent<NamespaceOptions, CriInput<"NamespaceOptions">>>();
nothingUnsent<Unsent<SandboxFilter, CriInput<"SandboxFilter">>>();
nothingUnsent<Unsent<ContainerConfig, CriInput<"ContainerConfig">>>();
nothingUnsent<Unsent<Mount, CriInput<"Mount">>>();
nothingUnsent<Unsent<LinuxResources, CriInput<"LinuxResources">>>();
nothingUnsent<Unsent<LinuxContainerSecurityContext, CriInput<"LinuxContainerSecurityContext">>>();
nothingUnsent<Unsent<ContainerFilter, CriInput<"ContainerFilter">>>();
nothingUnsent<Unsent<ContainerStatus, CriInput<"ContainerStatus">>>();
nothingUnsent<Unsent<ImageSpec, CriInput<"ImageSpec">>>();
nothingUnsent<Unsent<RegistryAuth, CriInput<"RegistryAuth">>>();

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

for (const { rule, bytes, expected } of [
  {
    rule: "a state that is asked for is sent also where its number is 0",
    bytes: cri.encode("ListPodSandboxRequest", { filter: { state: "READY" } }),
    expected: "0a021200",
  },
  {
    rule: "user 0 is not the same as no user",
    bytes: cri.encode("LinuxContainerSecurityContext", { runAsUser: 0 }),
    expected: "2a00",
  },
  {
    rule: "an env value stands in field 2, whether that is called string or bytes",
    bytes: cri.encode("EnvVar", { name: "A", value: "é" }),
    expected: "0a01411202c3a9",
  },
  {
    rule: "a negative score takes ten bytes",
    bytes: cri.encode("LinuxResources", { oomScoreAdj: -998 }),
    expected: "289af8ffffffffffffff01",
  },
]) {
  test(rule, () => assert.equal(hex(bytes), expected));
}

test("a time in nanoseconds becomes milliseconds", () => {
  const status = cri.encode("ContainerStatus", { startedAt: 1_767_225_600_123, state: "RUNNING" });
  const { startedAt, finishedAt, state } = cri.decode("ContainerStatus", status);
  assert.deepEqual({ startedAt, finishedAt, state }, { startedAt: 1_767_225_600_123, finishedAt: 0, state: "RUNNING" });
});
