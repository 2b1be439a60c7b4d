import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, int32, message, microTime, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { validateLease } from "./lease.validation.ts";

export const LeaseSpec = message(
  "io.k8s.api.coordination.v1.LeaseSpec",
  {
    holderIdentity: field(1, string(), "Who holds it; empty: nobody.").keepEmpty(),
    leaseDurationSeconds: field(2, int32(), "How long after the last renewal others must leave it alone.").keepEmpty(),
    acquireTime: field(3, microTime(), "When the holder got it."),
    renewTime: field(4, microTime(), "When the holder last renewed it."),
    leaseTransitions: field(5, int32(), "How often it changed hands.").keepEmpty(),
    strategy: field(6, string(), "How the next holder is chosen, for coordinated leader election.").keepEmpty(),
    preferredHolder: field(
      7,
      string(),
      "Who should get it next, by the strategy; the holder then lets go.",
    ).keepEmpty(),
  },
  { doc: "Who holds a lease, and until when." },
);
export type LeaseSpec = TypeOf<typeof LeaseSpec>;

export const Lease = defineKind({
  group: "coordination.k8s.io",
  version: "v1",
  kind: "Lease",
  definition: "io.k8s.api.coordination.v1.Lease",
  names: { plural: "leases" },
  scope: "Namespaced",
  doc: "A claim on something that must be renewed to be kept.",
  fields: { spec: field(2, LeaseSpec, "Who holds it, and until when.").always() },
  columns: [
    nameColumn,
    {
      name: "Holder",
      type: "string",
      doc: "holderIdentity contains the identity of the holder of a current lease. If Coordinated Leader Election is used, the holder identity must be equal to the elected LeaseCandidate.metadata.name field.",
      value: ({ spec }) => spec.holderIdentity ?? "",
    },
    ageColumn,
  ],
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  // CoordinatedLeaderElection
  switchedOff: [["spec.strategy"], ["spec.preferredHolder"]],
  validate: validateLease,
});
export type Lease = ObjectOf<typeof Lease>;
