/** Recorded answers of the reference: what was sent, decoded and defaulted, is what came back. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { createScheme } from "../machinery/scheme.ts";
import { decodeObject } from "../machinery/schema/kind-codec.ts";
import { builtinKinds } from "./index.ts";

const folder = new URL("../../../shared/transcripts/", import.meta.url);
const TOPICS = ["workloads", "core", "services", "storage", "policy-network", "ssa", "rbac"];

/** Set by allocation, admission, strategies or from the request's user: no matter of defaults. */
const SET_BY_SERVER: Readonly<Record<string, readonly RegExp[]>> = {
  Pod: [
    /^status\.(phase|qosClass)/,
    /^spec\.(serviceAccount|serviceAccountName|priority|preemptionPolicy)$/,
    /^spec\.(volumes|tolerations)\.?/,
    /\.volumeMounts/,
  ],
  Job: [/^spec\.selector/, /^spec\.template\.metadata\.labels/],
  Service: [/^spec\.(clusterIPs?|ipFamilies|ipFamilyPolicy)/, /nodePort$/],
  Namespace: [/^spec\.finalizers/, /^status\.phase/],
  Node: [/^spec\.taints/],
  PersistentVolume: [/^status\.lastPhaseTransitionTime/],
  CertificateSigningRequest: [/^spec\.(username|uid|groups|expirationSeconds)/, /^status/],
  TokenRequest: [/^status/],
  Secret: [/^data/],
};

interface Step {
  readonly method?: string;
  readonly body?: { readonly apiVersion?: string; readonly kind?: string };
  readonly expect?: { readonly status: number; readonly body?: Record<string, unknown> };
}

const scheme = createScheme(builtinKinds);

for (const topic of TOPICS) {
  const file = new URL(`${topic}.json`, folder);
  test(
    `defaults as recorded: ${topic}`,
    { skip: existsSync(file) ? false : `no transcripts at ${folder.pathname}` },
    () => {
      const scenarios = JSON.parse(readFileSync(file, "utf8")) as { name: string; steps: Step[] }[];
      let compared = 0;
      for (const { name, steps } of scenarios) {
        for (const { method, body, expect } of steps) {
          const answer = expect?.body;
          if (method !== "POST" || expect?.status !== 201 || body?.kind !== answer?.["kind"]) continue;
          const kind = scheme.byApiVersion(body?.apiVersion ?? "", body?.kind ?? "");
          if (kind === undefined || body?.apiVersion !== answer?.["apiVersion"]) continue;
          const { metadata: _m, ...made } = decodeObject(kind, body);
          const { metadata: _a, ...recorded } = answer!;
          const free = SET_BY_SERVER[kind.kind] ?? [];
          const left = differences(made, recorded, "").filter(([path]) => !free.some((pattern) => pattern.test(path)));
          assert.deepEqual(left, [], `${name}: ${kind.kind}`);
          compared++;
        }
      }
      assert.ok(compared > 0, "nothing was compared");
    },
  );
}

function differences(made: unknown, recorded: unknown, path: string): [string, unknown, unknown][] {
  if (recorded === "<ignored>") return [];
  if (!isBranch(made) || !isBranch(recorded)) {
    return JSON.stringify(made) === JSON.stringify(recorded) ? [] : [[path, made, recorded]];
  }
  const keys = new Set([...Object.keys(made), ...Object.keys(recorded)]);
  return [...keys].flatMap((key) => differences(made[key], recorded[key], path === "" ? key : `${path}.${key}`));
}

function isBranch(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
