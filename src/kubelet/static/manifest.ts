/**
 * A pod that a file on the node asks for.
 *
 * Its identity comes from the file: another content is another pod. Worked example: `web.yaml` with a pod `web` gives
 * on node `n1` the pod `default/web-n1`, whose uid is the hash of node, path and content.
 */
import { Pod } from "../../api/core/index.ts";
import type { Draft } from "../../machinery/kind.ts";
import { decodeObject } from "../../machinery/schema/kind-codec.ts";
import { sha256Hex } from "../../machinery/sha256.ts";
import { formatTime } from "../../machinery/time.ts";
import { parseYaml } from "../../machinery/yaml.ts";
import { CONFIG_HASH, CONFIG_SEEN, CONFIG_SOURCE } from "../pod/names.ts";

export interface Manifest {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

/** Where manifests lie. */
export interface ManifestFolder {
  read(): Promise<readonly Manifest[]>;
  /** Calls when something may have changed; gives how to end that. Changes that are missed are found by reading. */
  watch(changed: () => void): () => void;
}

/** What a pod of the node's own may not name: the API's objects are not its. */
const REFERENCES = /^(configMap|secret|persistentVolumeClaim|projected|ephemeral)$/;

/** Throws with the reason where the file is no pod that can run here. */
export function staticPod({ path, text }: Manifest, nodeName: string, now: number): Pod {
  const { value } = parseYaml(text);
  const said = value as { kind?: unknown; apiVersion?: unknown } | null;
  if (said?.kind !== "Pod" || said.apiVersion !== "v1") throw new Error("it is no v1 Pod");
  const pod: Draft<Pod> = decodeObject(Pod, value);
  const hash = sha256Hex(new TextEncoder().encode(`${nodeName}\n${path}\n${text}`))
    .toLowerCase()
    .slice(0, 32);
  pod.metadata.uid ||= hash;
  delete (pod.metadata as { resourceVersion?: string }).resourceVersion;
  pod.metadata.name += `-${nodeName}`;
  pod.metadata.namespace ||= "default";
  pod.metadata.annotations = {
    ...pod.metadata.annotations,
    [CONFIG_HASH]: hash,
    [CONFIG_SEEN]: formatTime(now),
    [CONFIG_SOURCE]: "file",
  };
  pod.spec.nodeName = nodeName;
  // Nobody takes it off the node but the file.
  pod.spec.tolerations = [...(pod.spec.tolerations ?? []), { operator: "Exists", effect: "NoExecute" }];
  pod.status = { phase: "Pending" } as Draft<Pod>["status"];
  const volume = pod.spec.volumes?.find((one) => Object.keys(one).some((key) => REFERENCES.test(key)));
  if (volume) throw new Error(`its volume "${volume.name}" refers to the API, which a static pod may not`);
  const made = pod as Pod;
  const [problem] = Pod.validate?.(made, { now, namespace: made.metadata.namespace }) ?? [];
  if (problem) throw new Error(`${problem.field}: ${problem.message}`);
  return made;
}
