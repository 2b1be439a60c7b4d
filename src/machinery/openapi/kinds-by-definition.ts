import { listKindOf, listSchema } from "../define-kind.ts";
import type { Kind } from "../kind.ts";
import { APIGroup, APIGroupList, APIResourceList, APIVersions } from "../meta/discovery.ts";
import { DeleteOptions } from "../meta/options.ts";
import { Status } from "../meta/status.ts";
import { WatchEvent } from "../meta/watch-event.ts";
import type { GroupVersionKind } from "./definitions.ts";

/**
 * Definitions that carry a group, version and kind: kinds, their lists, and what all groups share. DeleteOptions and
 * WatchEvent belong to each group version of `served`, those that the document is about.
 */
export function kindsByDefinition(
  kinds: readonly Kind[],
  served: readonly Kind[],
): Map<string, readonly GroupVersionKind[]> {
  const names = new Map<string, readonly GroupVersionKind[]>();
  const versions = new Map<string, { group: string; version: string }>([["/v1", { group: "", version: "v1" }]]);
  for (const kind of kinds) {
    const { group, version } = kind;
    names.set(kind.schema.name, [{ group, kind: kind.kind, version }]);
    names.set(listSchema(kind).name, [{ group, kind: listKindOf(kind), version }]);
  }
  for (const { group, version } of served) versions.set(`${group}/${version}`, { group, version });
  for (const schema of [APIGroup, APIGroupList, APIResourceList, APIVersions, Status]) {
    const kind = schema.name.slice(schema.name.lastIndexOf(".") + 1);
    names.set(schema.name, [{ group: "", kind, version: "v1" }]);
  }
  const all = [...versions.values()].toSorted((a, b) => (a.group < b.group ? -1 : Number(a.group > b.group)));
  for (const [schema, kind] of [
    [DeleteOptions, "DeleteOptions"],
    [WatchEvent, "WatchEvent"],
  ] as const) {
    names.set(
      schema.name,
      all.map(({ group, version }) => ({ group, kind, version })),
    );
  }
  return names;
}
