import { bool, field, int64, list, message, string } from "../schema/builders.ts";
import type { TypeOf } from "../schema/schema.ts";
import { typeMeta } from "./type-meta.ts";

const v1 = "io.k8s.apimachinery.pkg.apis.meta.v1";

const dryRun = (tag: number) =>
  field(tag, list(string()).atomic(), "`All` does everything but store. Nothing else is allowed.");
const fieldManager = (tag: number) =>
  field(
    tag,
    string(),
    "Who writes, for the managed fields; at most 128 printable characters. Needed for apply; otherwise the first part of the user agent by default.",
  );
const fieldValidation = (tag: number) =>
  field(
    tag,
    string(),
    "What happens to unknown and repeated fields: Ignore drops them, Warn (the default) also warns, Strict refuses the request.",
  );

export const GetOptions = message(
  `${v1}.GetOptions`,
  {
    resourceVersion: field(
      1,
      string(),
      "How fresh the answer must be: absent for the latest state, `0` for any, another value for one not older than that.",
    ),
  },
  { doc: "How to read an object." },
);
export type GetOptions = TypeOf<typeof GetOptions>;

export const ListOptions = message(
  `${v1}.ListOptions`,
  {
    labelSelector: field(
      1,
      string(),
      "Only objects whose labels fit, such as `app=web,tier in (a,b)`. All when it is empty.",
    ),
    fieldSelector: field(
      2,
      string(),
      "Only objects whose fields fit, such as `metadata.name=web`. Each kind knows a few fields. All when it is empty.",
    ),
    watch: field(3, bool(), "Stream the changes instead of listing."),
    resourceVersion: field(
      4,
      string(),
      "How fresh the list must be, or where the watch starts: absent for the latest state, `0` for any, another value as `resourceVersionMatch` says.",
    ),
    timeoutSeconds: field(
      5,
      int64(),
      "End the request after so many seconds, whatever happens. The server chooses when it is absent.",
    ).keepEmpty(),
    limit: field(
      7,
      int64(),
      "The most objects to answer at once; `metadata.continue` of the answer leads to the rest. Not for watches.",
    ),
    continue: field(
      8,
      string(),
      "Where to go on: what the part before gave. An expired one is answered with 410 and a new one that goes on with the latest state. Not for watches.",
    ),
    allowWatchBookmarks: field(
      9,
      bool(),
      "Ask for events of the type BOOKMARK now and then, which only bring a newer resource version.",
    ),
    resourceVersionMatch: field(10, string(), "How `resourceVersion` is meant: Exact, or NotOlderThan."),
    sendInitialEvents: field(
      11,
      bool(),
      "Begin the watch with an ADDED event for each object, then a BOOKMARK with the annotation `k8s.io/initial-events-end`. Needs `resourceVersionMatch=NotOlderThan` and `allowWatchBookmarks`.",
    ).keepEmpty(),
    shardSelector: field(
      15,
      string(),
      "Only objects in a range of hashes, such as `shardRange(object.metadata.uid, '0x0', '0x8000000000000000')`; several are joined by `||`.",
    ),
  },
  { doc: "Which objects to list or watch, and how." },
);
export type ListOptions = TypeOf<typeof ListOptions>;

export const CreateOptions = message(
  `${v1}.CreateOptions`,
  {
    dryRun: dryRun(1),
    fieldManager: fieldManager(3),
    fieldValidation: fieldValidation(4),
  },
  { doc: "How to create an object." },
);
export type CreateOptions = TypeOf<typeof CreateOptions>;

export const UpdateOptions = message(
  `${v1}.UpdateOptions`,
  {
    dryRun: dryRun(1),
    fieldManager: fieldManager(2),
    fieldValidation: fieldValidation(3),
  },
  { doc: "How to replace an object." },
);
export type UpdateOptions = TypeOf<typeof UpdateOptions>;

export const PatchOptions = message(
  `${v1}.PatchOptions`,
  {
    dryRun: dryRun(1),
    force: field(
      2,
      bool(),
      "Take over fields that others manage, instead of answering with a conflict. Only for apply.",
    ).keepEmpty(),
    fieldManager: fieldManager(3),
    fieldValidation: fieldValidation(4),
  },
  { doc: "How to patch or apply an object." },
);
export type PatchOptions = TypeOf<typeof PatchOptions>;

export const Preconditions = message(
  `${v1}.Preconditions`,
  {
    uid: field(1, string(), "The UID the object must have.").keepEmpty(),
    resourceVersion: field(2, string(), "The resource version the object must have.").keepEmpty(),
  },
  { doc: "What an object must be. When it is not, the answer is 409." },
);
export type Preconditions = TypeOf<typeof Preconditions>;

export const DeleteOptions = message(
  `${v1}.DeleteOptions`,
  {
    ...typeMeta,
    gracePeriodSeconds: field(
      1,
      int64(),
      "Seconds the object has to end in order. 0 deletes at once; the kind's own default when it is absent.",
    ).keepEmpty(),
    preconditions: field(2, Preconditions, "What must hold for the object to be deleted."),
    orphanDependents: field(
      3,
      bool(),
      "Deprecated: use `propagationPolicy`. Whether objects that belong to this one are kept.",
    ).keepEmpty(),
    propagationPolicy: field(
      4,
      string(),
      "What happens to objects that belong to this one: Orphan keeps them, Background deletes them afterwards, Foreground before. The kind's own default when it is absent.",
    ).keepEmpty(),
    dryRun: dryRun(5),
    ignoreStoreReadErrorWithClusterBreakingPotential: field(
      6,
      bool(),
      "Delete an object that can be read no more (decrypted or decoded), without finalizers and preconditions. Dangerous: what it stands for may stay behind. False by default.",
    ).keepEmpty(),
  },
  { doc: "How to delete an object." },
);
export type DeleteOptions = TypeOf<typeof DeleteOptions>;
