/** What we use of etcd's API v3 (package etcdserverpb), as tables. Keys are UTF-8 text here, values bytes. */
import { protobuf } from "../../src/machinery/protobuf-wire.ts";
import type { Codec } from "../../src/machinery/protobuf-wire.ts";

const tables = {
  /** The ids are 64 bits wide and so rounded; they only tell members apart in messages. */
  ResponseHeader: { clusterId: "1 uint64", memberId: "2 uint64", revision: "3 int64", raftTerm: "4 uint64" },
  KeyValue: {
    key: "1 string",
    createRevision: "2 int64",
    modRevision: "3 int64",
    version: "4 int64",
    value: "5 bytes",
    lease: "6 int64",
  },

  // ---- KV ----

  RangeRequest: {
    key: "1 string",
    rangeEnd: "2 string",
    limit: "3 int64",
    revision: "4 int64",
    serializable: "7 bool",
    keysOnly: "8 bool",
    countOnly: "9 bool",
  },
  RangeResponse: { header: "1 ResponseHeader", kvs: "2 repeated KeyValue", more: "3 bool", count: "4 int64" },
  PutRequest: { key: "1 string", value: "2 bytes", lease: "3 int64" },
  PutResponse: { header: "1 ResponseHeader" },
  DeleteRangeRequest: { key: "1 string", rangeEnd: "2 string" },
  DeleteRangeResponse: { header: "1 ResponseHeader", deleted: "2 int64" },
  CompareResult: ["EQUAL", "GREATER", "LESS", "NOT_EQUAL"],
  CompareTarget: ["VERSION", "CREATE", "MOD", "VALUE", "LEASE"],
  /** An absent `modRevision` compares with 0: the key does not exist. */
  Compare: { result: "1 CompareResult", target: "2 CompareTarget", key: "3 string", modRevision: "6 int64" },
  RequestOp: { put: "2 PutRequest", deleteRange: "3 DeleteRangeRequest" },
  TxnRequest: { compare: "1 repeated Compare", success: "2 repeated RequestOp", failure: "3 repeated RequestOp" },
  TxnResponse: { header: "1 ResponseHeader", succeeded: "2 bool" },
  CompactionRequest: { revision: "1 int64", physical: "2 bool" },
  CompactionResponse: { header: "1 ResponseHeader" },

  // ---- Watch ----

  WatchRequest: { create: "1 WatchCreateRequest", progress: "3 WatchProgressRequest" },
  WatchCreateRequest: {
    key: "1 string",
    rangeEnd: "2 string",
    startRevision: "3 int64",
    progressNotify: "4 bool",
    fragment: "8 bool",
  },
  WatchProgressRequest: {},
  EventType: ["PUT", "DELETE"],
  Event: { type: "1 EventType", kv: "2 KeyValue" },
  WatchResponse: {
    header: "1 ResponseHeader",
    created: "3 bool",
    canceled: "4 bool",
    compactRevision: "5 int64",
    cancelReason: "6 string",
    fragment: "7 bool",
    events: "11 repeated Event",
  },

  // ---- Lease ----

  LeaseGrantRequest: { ttl: "1 int64", id: "2 int64" },
  LeaseGrantResponse: { header: "1 ResponseHeader", id: "2 int64", ttl: "3 int64", error: "4 string" },
  LeaseRevokeRequest: { id: "1 int64" },
  LeaseRevokeResponse: { header: "1 ResponseHeader" },
  LeaseKeepAliveRequest: { id: "1 int64" },
  LeaseKeepAliveResponse: { header: "1 ResponseHeader", id: "2 int64", ttl: "3 int64" },

  // ---- Maintenance, Cluster, Auth ----

  StatusRequest: {},
  StatusResponse: {
    header: "1 ResponseHeader",
    version: "2 string",
    dbSize: "3 int64",
    leader: "4 uint64",
    raftIndex: "5 uint64",
    raftTerm: "6 uint64",
    errors: "8 repeated string",
    dbSizeInUse: "9 int64",
    isLearner: "10 bool",
  },
  DefragmentRequest: {},
  DefragmentResponse: { header: "1 ResponseHeader" },
  MemberListRequest: { linearizable: "1 bool" },
  Member: {
    id: "1 uint64",
    name: "2 string",
    peerUrls: "3 repeated string",
    clientUrls: "4 repeated string",
    isLearner: "5 bool",
  },
  MemberListResponse: { header: "1 ResponseHeader", members: "2 repeated Member" },
  AuthenticateRequest: { name: "1 string", password: "2 string" },
  AuthenticateResponse: { header: "1 ResponseHeader", token: "2 string" },
} as const;

export type EtcdTables = typeof tables;
export const etcd: Codec<EtcdTables> = protobuf(tables);

/** A method: its path and the names of what it takes and gives. */
export type Method<I extends keyof EtcdTables, O extends keyof EtcdTables> = readonly [
  path: string,
  input: I,
  output: O,
];

export const RANGE = ["/etcdserverpb.KV/Range", "RangeRequest", "RangeResponse"] as const;
export const TXN = ["/etcdserverpb.KV/Txn", "TxnRequest", "TxnResponse"] as const;
export const COMPACT = ["/etcdserverpb.KV/Compact", "CompactionRequest", "CompactionResponse"] as const;
export const WATCH = ["/etcdserverpb.Watch/Watch", "WatchRequest", "WatchResponse"] as const;
export const LEASE_GRANT = ["/etcdserverpb.Lease/LeaseGrant", "LeaseGrantRequest", "LeaseGrantResponse"] as const;
export const LEASE_REVOKE = ["/etcdserverpb.Lease/LeaseRevoke", "LeaseRevokeRequest", "LeaseRevokeResponse"] as const;
export const LEASE_KEEP_ALIVE = [
  "/etcdserverpb.Lease/LeaseKeepAlive",
  "LeaseKeepAliveRequest",
  "LeaseKeepAliveResponse",
] as const;
export const STATUS = ["/etcdserverpb.Maintenance/Status", "StatusRequest", "StatusResponse"] as const;
export const DEFRAGMENT = ["/etcdserverpb.Maintenance/Defragment", "DefragmentRequest", "DefragmentResponse"] as const;
export const MEMBER_LIST = ["/etcdserverpb.Cluster/MemberList", "MemberListRequest", "MemberListResponse"] as const;
export const AUTHENTICATE = ["/etcdserverpb.Auth/Authenticate", "AuthenticateRequest", "AuthenticateResponse"] as const;

/** The end of the range of all keys with `prefix`: the first key behind them. */
export function endOf(prefix: string): string {
  const last = prefix.charCodeAt(prefix.length - 1);
  if (!(last < 0x7e)) throw new RangeError(`${JSON.stringify(prefix)} is no prefix to range over: end it with a slash`);
  return prefix.slice(0, -1) + String.fromCharCode(last + 1);
}
