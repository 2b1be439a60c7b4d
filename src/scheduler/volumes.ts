/**
 * Claims, volumes and their classes as the scheduler sees them, and which volumes are promised to pods that are being
 * bound, so that the next decision does not count on them.
 */
import type { Node, PersistentVolume, PersistentVolumeClaim } from "../api/core/index.ts";
import { matchesTerm } from "../api/core/node-matching.ts";
import { BIND_COMPLETED, SELECTED_NODE, bestVolume, classOf } from "../api/core/volume-binding.ts";
import type { StorageClass } from "../api/storage/index.ts";
import { ownValue } from "../machinery/json-tree.ts";

/** A claim whose volume is chosen together with the node of its first pod. */
export interface OpenClaim {
  readonly claim: PersistentVolumeClaim;
  readonly storageClass: StorageClass;
}

/** What an open claim gets on a node: a volume that is there, or one that is made there. */
export interface Choice {
  readonly claim: PersistentVolumeClaim;
  readonly volume: PersistentVolume | undefined;
}

/** No volume is ever made for such a class. */
const NOBODY = "kubernetes.io/no-provisioner";

export class Volumes {
  /** By `namespace/name`. */
  readonly claims = new Map<string, PersistentVolumeClaim>();
  readonly volumes = new Map<string, PersistentVolume>();
  readonly classes = new Map<string, StorageClass>();
  /** Names of volumes. */
  readonly #promised = new Set<string>();

  /** Undefined where the volume of the claim does not depend on where its pod goes. */
  open(claim: PersistentVolumeClaim): OpenClaim | undefined {
    const storageClass = this.classes.get(classOf(claim));
    if (claim.spec.volumeName || storageClass?.volumeBindingMode !== "WaitForFirstConsumer") return undefined;
    return { claim, storageClass };
  }

  /** Undefined where one of the claims gets nothing on the node. */
  choose(open: readonly OpenClaim[], node: Node): readonly Choice[] | undefined {
    const taken = new Set(this.#promised);
    const choices: Choice[] = [];
    for (const { claim, storageClass } of open) {
      const chosen = claim.metadata.annotations?.[SELECTED_NODE];
      if (chosen !== undefined && chosen !== node.metadata.name) return undefined;
      const volume = chosen === undefined ? bestVolume(claim, this.#on(node, taken)) : undefined;
      if (volume === undefined && !isMadeOn(storageClass, node)) return undefined;
      if (volume !== undefined) taken.add(volume.metadata.name);
      choices.push({ claim, volume });
    }
    return choices;
  }

  promise(choices: readonly Choice[]): void {
    for (const { volume } of choices) if (volume !== undefined) this.#promised.add(volume.metadata.name);
  }

  /** They are bound, or will not be. */
  release(choices: readonly Choice[]): void {
    for (const { volume } of choices) if (volume !== undefined) this.#promised.delete(volume.metadata.name);
  }

  *#on(node: Node, taken: ReadonlySet<string>): Iterable<PersistentVolume> {
    for (const volume of this.volumes.values()) {
      if (!taken.has(volume.metadata.name) && isReachable(volume, node)) yield volume;
    }
  }
}

export const isBound = ({ metadata, spec }: PersistentVolumeClaim): boolean =>
  Boolean(spec.volumeName) && metadata.annotations?.[BIND_COMPLETED] !== undefined;

export function isReachable({ spec }: PersistentVolume, node: Node): boolean {
  const required = spec.nodeAffinity?.required;
  return required === undefined || required.nodeSelectorTerms.some((term) => matchesTerm(term, node));
}

function isMadeOn({ provisioner, allowedTopologies = [] }: StorageClass, { metadata }: Node): boolean {
  if (provisioner === NOBODY) return false;
  if (allowedTopologies.length === 0) return true;
  return allowedTopologies.some(({ matchLabelExpressions = [] }) =>
    matchLabelExpressions.every(({ key, values }) => values.includes(ownValue(metadata.labels, key) ?? "")),
  );
}
