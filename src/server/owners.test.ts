import assert from "node:assert/strict";
import { test } from "node:test";
import type { OwnerReference } from "../machinery/kind.ts";
import type { Exchange } from "./exchange.ts";
import { nameOwnersOnce } from "./owners.ts";

const owner = { apiVersion: "v1", kind: "Pod", name: "p", uid: "u" };

test("only what is the same in all is the same owner", () => {
  const owners = [
    owner,
    { ...owner, controller: true },
    { ...owner, controller: false },
    { uid: "u", name: "p", kind: "Pod", apiVersion: "v1" },
  ];
  const told: string[] = [];
  const meta = { ownerReferences: owners };
  nameOwnersOnce({ warn: (text: string) => told.push(text) } as unknown as Exchange, meta as never, false);
  assert.deepEqual(meta.ownerReferences, owners.slice(0, 3));
  assert.equal(told.length, 1);
});

test("each of many owners is looked at once", () => {
  let looked = 0;
  const ownerReferences = Array.from({ length: 500 }, (_, i): OwnerReference => {
    return {
      ...owner,
      get uid() {
        looked++;
        return `u${i}`;
      },
    };
  });
  nameOwnersOnce({ warn: () => assert.fail() } as unknown as Exchange, { ownerReferences } as never, false);
  assert.equal(looked, 500);
});
