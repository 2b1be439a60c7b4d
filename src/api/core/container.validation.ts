/** Rules on containers: regular ones, those that run before, and those added to a running pod. */
import type { Path } from "../../machinery/field-errors.ts";
import {
  duplicate,
  forbidden,
  invalid,
  notFound,
  notSupported,
  required,
  tooMany,
} from "../../machinery/field-errors.ts";
import { isDNS1123Label, isValidPortName, isValidPortNum } from "../../machinery/names.ts";
import type { Errors } from "../rules.ts";
import { add, oneOf, oneOfRequired } from "../rules.ts";
import type { Container, ContainerPort, ContainerRestartRule, EphemeralContainer } from "./container.ts";
import { checkEnv, checkEnvFrom } from "./env.validation.ts";
import { checkLifecycle, checkProbe } from "./probe.validation.ts";
import { checkResizePolicy, checkResources } from "./resources.validation.ts";
import { checkSecurityContext } from "./security-context.validation.ts";
import { checkVolumeDevices, checkVolumeMounts } from "./volume-mounts.validation.ts";
import type { Volumes } from "./volume.validation.ts";

/** What rules on containers know of the pod around them. */
export interface Surroundings {
  readonly volumes: Volumes;
  readonly claims: ReadonlySet<string>;
  readonly gracePeriod: number;
  readonly os: string | undefined;
  readonly restartPolicy: string;
  readonly hostUsers: boolean;
  readonly restartsInit: boolean;
}

const TERMINATION_POLICIES = ["File", "FallbackToLogsOnError"];
const PULL_POLICIES: ReadonlySet<string> = new Set(["Always", "IfNotPresent", "Never"]);
export const PROTOCOLS: ReadonlySet<string> = new Set(["SCTP", "TCP", "UDP"]);

type AnyContainer = Container | EphemeralContainer;

function checkCommon(errors: Errors, at: Path, container: AnyContainer, around: Surroundings): void {
  const { name, image = "", ports, env, envFrom, resources, resizePolicy, securityContext } = container;
  if (name === "") errors.push(required(at.child("name")));
  else {
    const texts = isDNS1123Label(name);
    if (texts.length > 0) add(errors, at.child("name"), name, texts);
  }
  if (image === "") errors.push(required(at.child("image")));
  oneOfRequired(errors, at, "terminationMessagePolicy", container.terminationMessagePolicy, TERMINATION_POLICIES);
  if (ports !== undefined) checkPorts(errors, at.child("ports"), ports);
  if (env !== undefined) checkEnv(errors, at.child("env"), env);
  if (envFrom !== undefined) checkEnvFrom(errors, at.child("envFrom"), envFrom);
  checkVolumeMounts(errors, at.child("volumeMounts"), container, around.volumes);
  checkVolumeDevices(errors, at.child("volumeDevices"), container, around.volumes);
  oneOfRequired(errors, at, "imagePullPolicy", container.imagePullPolicy, PULL_POLICIES);
  checkResources(errors, at.child("resources"), resources, around);
  if (resizePolicy !== undefined) {
    checkResizePolicy(errors, at.child("resizePolicy"), resizePolicy, around.restartPolicy);
  }
  if (securityContext !== undefined) {
    checkSecurityContext(errors, at.child("securityContext"), securityContext, around.hostUsers);
  }
}

function checkPorts(errors: Errors, at: Path, ports: readonly ContainerPort[]): void {
  let names: Set<string> | undefined;
  for (let index = 0; index < ports.length; index++) {
    const { name = "", containerPort, hostPort = 0, protocol } = ports[index]!;
    const here = at.index(index);
    if (name !== "") {
      const texts = isValidPortName(name);
      if (texts.length > 0) add(errors, here.child("name"), name, texts);
      else if (names?.has(name) === true) errors.push(duplicate(here.child("name"), name));
      else (names ??= new Set()).add(name);
    }
    if (containerPort === 0) errors.push(required(here.child("containerPort")));
    checkPort(errors, here, "containerPort", containerPort);
    checkPort(errors, here, "hostPort", hostPort);
    oneOfRequired(errors, here, "protocol", protocol, PROTOCOLS);
  }
}

function checkPort(errors: Errors, at: Path, name: string, port: number): void {
  if (port !== 0 && !(port >= 1 && port <= 65535)) add(errors, at.child(name), port, isValidPortNum(port));
}

/** Two containers of one pod cannot take the same port of the node. */
function checkHostPorts(errors: Errors, at: Path, containers: readonly Container[]): void {
  let taken: Set<string> | undefined;
  containers.forEach(({ ports }, index) => {
    ports?.forEach(({ hostPort = 0, hostIP = "", protocol }, number) => {
      if (hostPort === 0) return;
      const key = `${protocol}/${hostIP}/${hostPort}`;
      if (taken?.has(key) === true) {
        errors.push(duplicate(at.index(index).child("ports").index(number).child("hostPort"), key));
      } else (taken ??= new Set()).add(key);
    });
  });
}

function checkHooks(errors: Errors, at: Path, container: Container, around: Surroundings): void {
  const { lifecycle, livenessProbe, readinessProbe, startupProbe } = container;
  const { gracePeriod, os } = around;
  if (lifecycle !== undefined) checkLifecycle(errors, at.child("lifecycle"), lifecycle, gracePeriod, os);
  const probe = (
    kind: "livenessProbe" | "readinessProbe" | "startupProbe",
    value: Container["livenessProbe"],
  ): void => {
    if (value !== undefined) checkProbe(errors, at.child(kind), kind, value, gracePeriod);
  };
  probe("livenessProbe", livenessProbe);
  probe("readinessProbe", readinessProbe);
  probe("startupProbe", startupProbe);
}

export function checkContainers(
  errors: Errors,
  at: Path,
  containers: readonly Container[],
  around: Surroundings,
): void {
  if (containers.length === 0) {
    errors.push(required(at));
    return;
  }
  const names = new Set<string>();
  containers.forEach((container, index) => {
    const here = at.index(index);
    checkCommon(errors, here, container, around);
    if (names.has(container.name)) errors.push(duplicate(here.child("name"), container.name));
    names.add(container.name);
    checkHooks(errors, here, container, around);
    checkRestart(errors, here, container);
  });
  checkHostPorts(errors, at, containers);
}

const HOOKS = ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] as const;

export function checkInitContainers(
  errors: Errors,
  at: Path,
  containers: readonly Container[],
  regular: readonly Container[],
  around: Surroundings,
): void {
  const names = new Set(regular.map(({ name }) => name));
  containers.forEach((container, index) => {
    const here = at.index(index);
    const sidecar = container.restartPolicy === "Always";
    checkCommon(errors, here, container, around);
    checkInitRestart(errors, here, container);
    if (names.has(container.name)) errors.push(duplicate(here.child("name"), container.name));
    else if (container.name !== "") names.add(container.name);
    // They run one after another, so that only their own ports can be in each other's way.
    checkHostPorts(errors, at, [container]);
    if (sidecar) checkHooks(errors, here, container, around);
    else checkOnce(errors, here, container, around);
  });
}

/** An init container that ends before the others begin. */
function checkOnce(errors: Errors, at: Path, container: Container, { restartsInit }: Surroundings): void {
  for (const hook of HOOKS) {
    if (container[hook] === undefined) continue;
    errors.push(forbidden(at.child(hook), "may not be set for init containers without restartPolicy=Always"));
  }
  if (restartsInit) return;
  container.resizePolicy?.forEach(({ restartPolicy }, index) => {
    if (restartPolicy !== "RestartContainer") return;
    const text = "must not be set to 'RestartContainer' for non-sidecar initContainers";
    errors.push(invalid(at.child("resizePolicy").index(index).child("restartPolicy"), restartPolicy, text));
  });
}

const RESTART_POLICIES = ["Always", "Never", "OnFailure"];
const MOST_RULES = 20;
const MOST_CODES = 255;

const NO_POLICY = "must specify restartPolicy when restart rules are used";

/** Of rules without a policy nothing more is said than that. */
function checkInitRestart(errors: Errors, at: Path, container: Container): void {
  const { restartPolicy, restartPolicyRules = [] } = container;
  if (restartPolicy !== undefined) checkRestart(errors, at, container);
  else if (restartPolicyRules.length > 0) errors.push(required(at.child("restartPolicy"), NO_POLICY));
}

/** A container's own restart policy, and its rules for exit codes. */
function checkRestart(errors: Errors, at: Path, { restartPolicy, restartPolicyRules = [] }: Container): void {
  if (restartPolicy === undefined) {
    if (restartPolicyRules.length === 0) return;
    errors.push(required(at.child("restartPolicy"), NO_POLICY));
  } else if (!RESTART_POLICIES.includes(restartPolicy)) {
    errors.push(notSupported(at.child("restartPolicy"), restartPolicy, RESTART_POLICIES));
  }
  const here = at.child("restartPolicyRules");
  if (restartPolicyRules.length > MOST_RULES) errors.push(tooMany(here, restartPolicyRules.length, MOST_RULES));
  restartPolicyRules.forEach((rule, index) => checkRestartRule(errors, here.index(index), rule));
}

const RESTART_ACTIONS = ["Restart", "RestartAllContainers"];

function checkRestartRule(errors: Errors, at: Path, { action, exitCodes }: ContainerRestartRule): void {
  oneOf(errors, at, "action", action ?? "", RESTART_ACTIONS);
  if (exitCodes === undefined) {
    errors.push(required(at.child("exitCodes"), "must be specified"));
    return;
  }
  const here = at.child("exitCodes");
  const { operator, values = [] } = exitCodes;
  oneOf(errors, here, "operator", operator ?? "", ["In", "NotIn"]);
  if (values.length > MOST_CODES) errors.push(tooMany(here.child("values"), values.length, MOST_CODES));
}

/** What a container added to a running pod may not have, in the order of upstream's struct. */
const NOT_EPHEMERAL = [
  "ports",
  "resources",
  "resizePolicy",
  "restartPolicy",
  "restartPolicyRules",
  "livenessProbe",
  "readinessProbe",
  "startupProbe",
  "lifecycle",
] as const;

const NOT_FOR_EPHEMERAL = "cannot be set for an Ephemeral Container";

export function checkEphemeralContainers(
  errors: Errors,
  at: Path,
  containers: readonly EphemeralContainer[],
  others: readonly Container[],
  around: Surroundings,
): void {
  const fixed = new Set(others.map(({ name }) => name));
  const names = new Set(fixed);
  containers.forEach((container, index) => {
    const here = at.index(index);
    checkCommon(errors, here, container, around);
    checkImageSpace(errors, here, container);
    if (names.has(container.name)) errors.push(duplicate(here.child("name"), container.name));
    names.add(container.name);
    const target = container.targetContainerName ?? "";
    if (target !== "" && !fixed.has(target)) errors.push(notFound(here.child("targetContainerName"), target));
    for (const field of NOT_EPHEMERAL) {
      if (container[field] === undefined) continue;
      if (field === "resources" && Object.keys(container.resources).length === 0) continue;
      errors.push(forbidden(here.child(field), NOT_FOR_EPHEMERAL));
    }
    container.volumeMounts?.forEach(({ subPath, subPathExpr }, number) => {
      const mount = here.child("volumeMounts").index(number);
      if (subPath !== undefined) errors.push(forbidden(mount.child("subPath"), NOT_FOR_EPHEMERAL));
      if (subPathExpr !== undefined) errors.push(forbidden(mount.child("subPathExpr"), NOT_FOR_EPHEMERAL));
    });
  });
}

/** Only of pods: templates have always been allowed spaces around images. */
export function checkImageSpace(errors: Errors, at: Path, { image = "" }: AnyContainer): void {
  if (image.length === image.trim().length) return;
  errors.push(invalid(at.child("image"), image, "must not have leading or trailing whitespace"));
}
