/**
 * The remembered templates of a DaemonSet or StatefulSet, one ControllerRevision each, to roll back to. The one of the
 * present template always has the highest number.
 */
import { ControllerRevision } from "../../api/apps/index.ts";
import type { PodTemplateSpec } from "../../api/core/pod-template-spec.ts";
import type { Kind, KubeObject } from "../../machinery/kind.ts";
import { equivalent } from "./equivalent.ts";
import { controllerReference } from "./owners.ts";
import { create, remove, update } from "./plan.ts";
import type { Write } from "./plan.ts";
import { templateHash } from "./template-hash.ts";

export const REVISION_HASH = "controller-revision-hash";

export interface History {
  /** Of the present template; may be about to be created. */
  readonly name: string;
  readonly hash: string;
  /** All but the present one, oldest first. */
  readonly old: readonly ControllerRevision[];
  readonly writes: readonly Write[];
}

interface Revised extends KubeObject {
  readonly spec: { readonly template: PodTemplateSpec };
  readonly status: { readonly collisionCount?: number };
}

/** What there is and what is needed; `revisions` are the owner's own. */
export function historyOf(owner: Revised, kind: Kind, revisions: readonly ControllerRevision[]): History {
  const data = { spec: { template: { ...owner.spec.template, $patch: "replace" } } };
  const sorted = revisions.toSorted((a, b) => a.revision - b.revision);
  const highest = sorted.at(-1)?.revision ?? 0;
  const present = sorted.findLast((revision) => equivalent(revision.data, data));
  const old = sorted.filter((revision) => revision !== present);
  if (present !== undefined) {
    const hash =
      present.metadata.labels?.[REVISION_HASH] ?? present.metadata.name.slice(owner.metadata.name.length + 1);
    const writes =
      present.revision === highest ? [] : [update(ControllerRevision, { ...present, revision: highest + 1 })];
    return { name: present.metadata.name, hash, old, writes };
  }
  const hash = templateHash(owner.spec.template, owner.status.collisionCount ?? 0);
  const name = `${owner.metadata.name}-${hash}`;
  const revision = {
    metadata: {
      name,
      namespace: owner.metadata.namespace!,
      labels: { ...owner.spec.template.metadata.labels, [REVISION_HASH]: hash },
      ownerReferences: [controllerReference(kind, owner)],
    },
    data,
    revision: highest + 1,
  };
  return { name, hash, old, writes: [create(ControllerRevision, revision as never)] };
}

/** The template a revision remembers. */
export function templateOf({ data }: ControllerRevision): PodTemplateSpec | undefined {
  const template = (data as { spec?: { template?: PodTemplateSpec & { $patch?: string } } } | null)?.spec?.template;
  if (template === undefined) return undefined;
  const { $patch: _, ...plain } = template;
  return plain;
}

/** Old revisions that no pod uses, beyond `limit`. */
export function spentRevisions(history: History, limit: number, used: ReadonlySet<string>): Write[] {
  const unused = history.old.filter(
    ({ metadata }) => !used.has(metadata.name) && !used.has(metadata.labels?.[REVISION_HASH] ?? ""),
  );
  return unused.slice(0, Math.max(0, unused.length - limit)).map((revision) => remove(ControllerRevision, revision));
}
