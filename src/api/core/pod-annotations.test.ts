/** Annotations of pods that mean something to the cluster: which are refused, and which become fields. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeObject } from "../../machinery/schema/kind-codec.ts";
import { saidOfChange, saidOfNew } from "../testing/said.ts";
import { Pod } from "./pod.ts";
import { PodTemplate } from "./pod-template.ts";

const APPARMOR = "container.apparmor.security.beta.kubernetes.io/c";
const COST = "controller.kubernetes.io/pod-deletion-cost";
const MIRROR = "kubernetes.io/config.mirror";
const SECCOMP = "seccomp.security.alpha.kubernetes.io/pod";
const at = (key: string): string => `metadata.annotations[${key}]`;

interface Parts {
  readonly annotations?: Readonly<Record<string, string>>;
  /** Profiles of the container and of the whole pod. */
  readonly own?: object;
  readonly shared?: object;
  readonly os?: string;
}

const template = ({ annotations = {}, own, shared, os }: Parts): object => ({
  metadata: { name: "x", namespace: "d", uid: "u", annotations },
  spec: {
    serviceAccountName: "default",
    ...(os !== undefined && { os: { name: os } }),
    ...(shared !== undefined && { securityContext: { appArmorProfile: shared } }),
    containers: [{ name: "c", image: "i", ...(own !== undefined && { securityContext: { appArmorProfile: own } }) }],
  },
});

const RUNTIME = { type: "RuntimeDefault" };
const LOCAL = { type: "Localhost", localhostProfile: "p" };

for (const { rule, says, ...parts } of [
  { rule: "may cost anything of 32 bits", annotations: { [COST]: "-2147483648" }, says: [] },
  {
    rule: "costs no more than 32 bits hold",
    annotations: { [COST]: "2147483648" },
    says: [`${at(COST)}: Invalid value: "2147483648": must be a 32bit integer`],
  },
  {
    rule: "costs a number without zeros in front",
    annotations: { [COST]: "08" },
    says: [`${at(COST)}: Invalid value: "08": must be a 32bit integer`],
  },
  {
    rule: "mirrors one that a node has",
    annotations: { [MIRROR]: "m" },
    says: [`${at(MIRROR)}: Invalid value: "m": must set spec.nodeName if mirror pod annotation is set`],
  },
  {
    rule: "names seccomp profiles inside of the folder",
    annotations: { [SECCOMP]: "localhost/../x" },
    says: [`metadata.annotations.${SECCOMP}: Invalid value: "../x": must not contain '..'`],
  },
  {
    rule: "names seccomp profiles that there are",
    annotations: { [SECCOMP]: "x" },
    says: [`metadata.annotations.${SECCOMP}: Invalid value: "x": must be a valid seccomp profile`],
  },
  {
    rule: "names AppArmor profiles in one of three ways",
    annotations: { [APPARMOR]: "x" },
    says: [`${at(APPARMOR)}: Invalid value: "x": invalid AppArmor profile name: "x"`],
  },
  {
    rule: "names AppArmor profiles of its containers",
    annotations: { [`${APPARMOR}d`]: "unconfined" },
    says: [`${at(`${APPARMOR}d`)}: Invalid value: "cd": container not found`],
  },
  { rule: "may name a profile twice", annotations: { [APPARMOR]: "localhost/p" }, own: LOCAL, says: [] },
  {
    rule: "names one sort of profile",
    annotations: { [APPARMOR]: "unconfined" },
    own: RUNTIME,
    says: [
      "spec.containers[0].securityContext.appArmorProfile.type: Forbidden: apparmor type in annotation and field must match",
    ],
  },
  {
    rule: "names one profile",
    annotations: { [APPARMOR]: "localhost/q" },
    own: LOCAL,
    says: [
      "spec.containers[0].securityContext.appArmorProfile.localhostProfile: Forbidden: apparmor profile in annotation and field must match",
    ],
  },
  {
    rule: "runs on Windows whatever AppArmor is told",
    annotations: { [APPARMOR]: "unconfined" },
    os: "windows",
    says: [],
  },
]) {
  test(`a pod ${rule}`, () => assert.deepEqual(saidOfNew(Pod, template(parts)), says));
}

test("templates are held to the same, and to the profile of the whole pod", () => {
  const parts = { annotations: { [COST]: "x", [APPARMOR]: "unconfined" }, shared: RUNTIME };
  assert.deepEqual(saidOfNew(PodTemplate, { template: template(parts) }), [
    `template.annotations[${COST}]: Invalid value: "x": must be a 32bit integer`,
    "template.spec.containers[0].securityContext.appArmorProfile.type: Forbidden: apparmor type in annotation and field must match",
  ]);
});

for (const { rule, before, after, says } of [
  { rule: "may change a cost", before: { [COST]: "1" }, after: { [COST]: "2" }, says: [] },
  { rule: "may leave a cost that is none", before: { [COST]: "x" }, after: { [COST]: "y" }, says: [] },
  {
    rule: "adds no profile",
    before: {},
    after: { [APPARMOR]: "unconfined" },
    says: [`${at(APPARMOR)}: Forbidden: may not add AppArmor annotations`],
  },
  {
    rule: "takes no profile away",
    before: { [APPARMOR]: "unconfined" },
    after: {},
    says: [`${at(APPARMOR)}: Forbidden: may not remove or update AppArmor annotations`],
  },
  {
    rule: "mirrors what it mirrored",
    before: { [MIRROR]: "m" },
    after: {},
    says: [`${at(MIRROR)}: Forbidden: may not remove or update mirror pod annotation`],
  },
]) {
  test(`a pod that is there ${rule}`, () => {
    const made = (annotations: Parts["annotations"]): object => {
      const { metadata, spec } = template({ annotations }) as { metadata: object; spec: object };
      return { metadata: { ...metadata, resourceVersion: "1" }, spec };
    };
    assert.deepEqual(saidOfChange(Pod, made(before), made(after)), says);
  });
}

const OLD = `${at(APPARMOR)}: deprecated since v1.30; use the "appArmorProfile" field instead`;

for (const { rule, becomes, says, ...parts } of [
  { rule: "a loaded profile", annotations: { [APPARMOR]: "localhost/p" }, becomes: LOCAL, says: [OLD] },
  { rule: "the runtime's", annotations: { [APPARMOR]: "runtime/default" }, becomes: RUNTIME, says: [OLD] },
  { rule: "none", annotations: { [APPARMOR]: "unconfined" }, becomes: { type: "Unconfined" }, says: [OLD] },
  { rule: "no profile without a name", annotations: { [APPARMOR]: "localhost/" }, becomes: undefined, says: [OLD] },
  { rule: "no padded name", annotations: { [APPARMOR]: "localhost/ p" }, becomes: undefined, says: [OLD] },
  { rule: "not what the field says", annotations: { [APPARMOR]: "localhost/p" }, own: LOCAL, becomes: LOCAL, says: [] },
  {
    rule: "not what the pod says",
    annotations: { [APPARMOR]: "localhost/p" },
    shared: LOCAL,
    becomes: undefined,
    says: [],
  },
  {
    rule: "nothing on Windows",
    annotations: { [APPARMOR]: "unconfined" },
    os: "windows",
    becomes: undefined,
    says: [],
  },
  { rule: "nothing that is not said", own: RUNTIME, becomes: RUNTIME, says: [] },
]) {
  test(`of an AppArmor annotation the field takes ${rule}`, () => {
    const said: string[] = [];
    const draft = decodeObject(Pod, template(parts));
    Pod.prepareForCreate!(draft, { now: 0, warn: (text) => said.push(text) });
    assert.deepEqual(draft.spec.containers[0]!.securityContext?.appArmorProfile, becomes);
    assert.deepEqual(said, says);
  });
}
