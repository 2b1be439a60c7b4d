/**
 * Groups under `k8s.io` and `kubernetes.io` are the community's: who defines a kind in one says in an annotation where it
 * was approved, or that it was not.
 */

import { quote } from "../../machinery/go-text.ts";

export const APPROVED_ANNOTATION = "api-approved.kubernetes.io";

export type ApprovalState = "Approved" | "Unapproved" | "Invalid" | "Missing";

export interface Approval {
  readonly state: ApprovalState;
  readonly reason: string;
}

export const isProtectedGroup = (group: string): boolean => /(^|\.)(k8s|kubernetes)\.io$/.test(group);

const URL = /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#]+([/?#].*)?$/i;
const PROTECTED = `protected groups must have approval annotation "${APPROVED_ANNOTATION}"`;
const SEE = "see https://github.com/kubernetes/enhancements/pull/1111";

export function approvalOf(annotations: Readonly<Record<string, string>> = {}): Approval {
  const said = annotations[APPROVED_ANNOTATION] ?? "";
  if (said === "") return { state: "Missing", reason: `${PROTECTED}, ${SEE}` };
  if (said.startsWith("unapproved")) return { state: "Unapproved", reason: `not approved: ${quote(said)}` };
  if (URL.test(said)) return { state: "Approved", reason: `approved in ${said}` };
  return { state: "Invalid", reason: `${PROTECTED} with either a URL or a reason starting with "unapproved", ${SEE}` };
}
