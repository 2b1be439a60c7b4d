/** Rules on NetworkPolicies. */
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { forbidden, invalid, notSupported, path, required } from "../../machinery/field-errors.ts";
import { contains, isValidCIDR, parseCIDR } from "../../machinery/ip.ts";
import { isValidPortName, isValidPortNum } from "../../machinery/names.ts";
import { checkLabelSelector } from "../label-selector.validation.ts";
import type { Errors } from "../rules.ts";
import { add, oneOf } from "../rules.ts";
import type { IPBlock, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec } from "./network-policy.ts";

const SPEC = path("spec");
const PROTOCOLS = ["TCP", "UDP", "SCTP"];
const TYPES = ["Ingress", "Egress"];

export function validateNetworkPolicy({ spec }: { readonly spec: NetworkPolicySpec }): FieldError[] {
  const errors: Errors = [];
  checkLabelSelector(errors, SPEC.child("podSelector"), spec.podSelector);
  spec.ingress?.forEach(({ ports, from }, index) => {
    const at = SPEC.child("ingress").index(index);
    ports?.forEach((port, number) => checkPort(errors, at.child("ports").index(number), port));
    from?.forEach((peer, number) => checkPeer(errors, at.child("from").index(number), peer));
  });
  spec.egress?.forEach(({ ports, to }, index) => {
    const at = SPEC.child("egress").index(index);
    ports?.forEach((port, number) => checkPort(errors, at.child("ports").index(number), port));
    to?.forEach((peer, number) => checkPeer(errors, at.child("to").index(number), peer));
  });
  const types = spec.policyTypes ?? [];
  if (types.length > TYPES.length) {
    errors.push(invalid(SPEC.child("policyTypes"), types, "may not specify more than two policyTypes"));
    return errors;
  }
  types.forEach((type, index) => {
    if (!TYPES.includes(type)) errors.push(notSupported(SPEC.child("policyTypes").index(index), type, TYPES));
  });
  return errors;
}

function checkPort(errors: Errors, at: Path, { protocol, port, endPort }: NetworkPolicyPort): void {
  oneOf(errors, at, "protocol", protocol, PROTOCOLS);
  const end = (text: string): void => {
    if (endPort !== undefined) errors.push(invalid(at.child("endPort"), endPort, text));
  };
  if (port === undefined) end("may not be specified when `port` is not specified");
  else if (typeof port === "string") {
    end("may not be specified when `port` is non-numeric");
    add(errors, at.child("port"), port, isValidPortName(port));
  } else {
    add(errors, at.child("port"), port, isValidPortNum(port));
    if (endPort === undefined) return;
    // Upstream shows the port here.
    if (endPort < port) errors.push(invalid(at.child("endPort"), port, "must be greater than or equal to `port`"));
    add(errors, at.child("endPort"), endPort, isValidPortNum(endPort));
  }
}

function checkPeer(errors: Errors, at: Path, { podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer): void {
  const selected = podSelector !== undefined || namespaceSelector !== undefined;
  checkLabelSelector(errors, at.child("podSelector"), podSelector);
  checkLabelSelector(errors, at.child("namespaceSelector"), namespaceSelector);
  if (ipBlock !== undefined) checkBlock(errors, at.child("ipBlock"), ipBlock);
  if (!selected && ipBlock === undefined) errors.push(required(at, "must specify a peer"));
  else if (selected && ipBlock !== undefined) {
    errors.push(forbidden(at, "may not specify both ipBlock and another peer"));
  }
}

function checkBlock(errors: Errors, at: Path, { cidr, except }: IPBlock): void {
  if (cidr === "") {
    errors.push(required(at.child("cidr")));
    return;
  }
  errors.push(...isValidCIDR(at.child("cidr"), cidr));
  const whole = parseCIDR(cidr);
  if (whole === undefined) return;
  except?.forEach((text, index) => {
    const here = at.child("except").index(index);
    const part = parseCIDR(text);
    errors.push(...isValidCIDR(here, text));
    if (part === undefined) return;
    if (!contains(whole, part.address) || whole.prefix >= part.prefix) {
      errors.push(invalid(here, text, "must be a strict subset of `cidr`"));
    }
  });
}
