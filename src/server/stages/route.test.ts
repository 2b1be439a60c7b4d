/** Paths and bodies of custom resources, which upstream serves without a list of paths. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { WIDGETS, widget, widgetServer } from "../testing/widgets.ts";

const ROOT = "/apis/example.com/v1";
const other = (more: object = {}): object => widget({ metadata: { name: "b" }, ...more });
const NOT_SUPPORTED = (verb: string): string => `${verb} is not supported on resources of kind "widgets.example.com"`;
const FORMS = "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";
const UNKNOWN = `the body of the request was in an unknown format - accepted media types include: ${FORMS}`;
const CANNOT = 'Widget in version "v1" cannot be handled as a Widget: ';
const UNTYPED = '{"metadata":{"name":"b"}}';

type Row = readonly [method: string, path: string, status: number, said?: string, body?: unknown, type?: string];

const rows: readonly Row[] = [
  ["POST", `${ROOT}/widgets`, 404, "404 page not found\n", other()],
  ["DELETE", `${ROOT}/widgets`, 404, "404 page not found\n"],
  ["GET", `${ROOT}/widgets/a`, 404, "404 page not found\n"],
  ["GET", `${ROOT}/widgets`, 200],
  ["POST", `${WIDGETS}/a`, 201, undefined, other()],
  ["PUT", WIDGETS, 400, "name must be provided", other()],
  ["PATCH", WIDGETS, 400, "name must be provided", {}, "application/merge-patch+json"],
  ["HEAD", WIDGETS, 200],
  ["HEAD", `${WIDGETS}/a`, 200],
  ["HEAD", `${WIDGETS}/none`, 404],
  ["OPTIONS", WIDGETS, 405, NOT_SUPPORTED("")],
  ["DELETE", `${WIDGETS}/a/status`, 405, NOT_SUPPORTED("delete")],
  ["POST", `${WIDGETS}/a/status`, 405, NOT_SUPPORTED("create"), other()],
  ["GET", `${WIDGETS}/a/status/more`, 200],
  ["GET", `${WIDGETS}/a/more`, 404, 'widgets.example.com "a" not found'],
  ["PATCH", `${WIDGETS}/a`, 415, UNKNOWN, {}, "application/json"],
  ["PATCH", `${WIDGETS}/a`, 415, UNKNOWN, {}, "application/strategic-merge-patch+json"],
  [
    "POST",
    WIDGETS,
    400,
    `the object provided is unrecognized (must be of type Widget): Object 'Kind' is missing in '${UNTYPED}' (${UNTYPED})`,
    UNTYPED,
  ],
  ["POST", `${WIDGETS}?fieldValidation=Ignore`, 400, `${CANNOT}Object 'Kind' is missing in '${UNTYPED}'`, UNTYPED],
  [
    "POST",
    WIDGETS,
    400,
    "the API version in the data () does not match the expected API version (example.com/v1)",
    other({ apiVersion: "" }),
  ],
  [
    "POST",
    WIDGETS,
    400,
    "the API version in the data (v1) does not match the expected API version (example.com/v1)",
    other({ apiVersion: "v1", kind: "ConfigMap" }),
  ],
  [
    "POST",
    WIDGETS,
    400,
    `${CANNOT}json: cannot unmarshal number into Go value of type v1.ObjectMeta`,
    other({ metadata: 5 }),
  ],
  [
    "POST",
    WIDGETS,
    400,
    `${CANNOT}json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string`,
    other({ metadata: { name: "b", labels: { a: 5 } } }),
  ],
];
for (const [method, path, status, said, body, type = "application/json"] of rows) {
  test(`${method} ${path} of ${type} is ${status} ${said ?? ""}`, async () => {
    const { send } = await widgetServer();
    await send("POST", WIDGETS, widget());
    const answer = await send(method, path, body, body === undefined ? {} : { "content-type": type });
    assert.equal(answer.status, status, answer.text);
    if (said !== undefined) assert.equal(answer.json?.message ?? answer.text, said);
    if (method === "HEAD") assert.equal(answer.text, "");
  });
}
