/**
 * OpenAPI documents. They follow from the kinds and are large, so each is made when first asked for, and kept until the
 * kinds change.
 */
import { toJson } from "../../machinery/exact-json.ts";
import type { ApiResponse } from "../../machinery/door.ts";
import type { Json } from "../../machinery/openapi/definitions.ts";
import { openApiV2, openApiV3, openApiV3Names } from "../../machinery/openapi/documents.ts";
import { openApiV2Bytes } from "../../machinery/openapi/v2-protobuf.ts";
import { openApiV3Bytes } from "../../machinery/openapi/v3-protobuf.ts";
import { sha256Hex } from "../../machinery/sha256.ts";
import type { Scheme } from "../../machinery/scheme.ts";
import type { Aggregation } from "../aggregation/aggregation.ts";
import { mergedOpenApi } from "../aggregation/documents.ts";
import { proxied } from "../aggregation/proxy.ts";
import { encodeText } from "../encoding/json.ts";
import { acceptedType } from "../encoding/negotiate.ts";
import type { Exchange } from "../exchange.ts";
import type { Parts } from "../parts.ts";
import { respond } from "../respond.ts";

const JSON_TYPE = "application/json";
const V2_PROTOBUF = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
/** Old clients ask by a name that is no media type; they are answered by the one that is. */
const V2_TYPES = [JSON_TYPE, "application/com.github.proto-openapi.spec.v2@v1.0+protobuf", V2_PROTOBUF];

const V3_PROTOBUF = "application/com.github.proto-openapi.spec.v3.v1.0+protobuf";
const V3_TYPES = [JSON_TYPE, "application/com.github.proto-openapi.spec.v3@v1.0+protobuf", V3_PROTOBUF];

const encodeDocument = (document: object): Uint8Array => encodeText(toJson(document));

/** Of a document that there is not: unlike other unknown paths, without a word. */
const NO_DOCUMENT: ApiResponse = { status: 404, headers: {}, body: { form: "none" } };
const NOT_ACCEPTABLE: ApiResponse = { status: 406, headers: { vary: "Accept" }, body: { form: "none" } };

interface Document {
  readonly bytes: Uint8Array;
  readonly hash: string;
}

const urlOf = (name: string, { hash }: Document): string => `/openapi/v3/${name}?hash=${hash}`;

export class OpenApi {
  readonly #scheme: Scheme;
  readonly #aggregation: Aggregation;
  #generation = -1;
  #aggregated = -1;
  readonly #documents = new Map<string, Document | undefined>();

  constructor(scheme: Scheme, aggregation: Aggregation) {
    this.#scheme = scheme;
    this.#aggregation = aggregation;
  }

  install({ routes }: Parts): void {
    routes.path("/openapi/v2", (exchange) => this.#v2(exchange), "any");
    routes.path("/openapi/v3", () => this.#index(), "any");
    routes.tree("/openapi/v3/", (exchange) => this.#document(exchange), "any");
  }

  #v2(exchange: Exchange): ApiResponse {
    const accepted = acceptedType(exchange.request.headers["accept"] ?? "", V2_TYPES);
    if (accepted === undefined) return NOT_ACCEPTABLE;
    const make = (): object => mergedOpenApi(openApiV2(this.#scheme.kinds()), this.#aggregation.extensions());
    if (accepted === JSON_TYPE) {
      const document = this.#made("v2", () => encodeDocument(make()));
      return this.#answer(exchange, JSON_TYPE, document);
    }
    const document = this.#made("v2 protobuf", () => openApiV2Bytes(make() as Json));
    return this.#answer(exchange, V2_PROTOBUF, document);
  }

  #index(): ApiResponse {
    const paths: Record<string, { serverRelativeURL: string }> = {};
    for (const name of openApiV3Names(this.#scheme.kinds())) {
      const document = this.#v3(name);
      if (document !== undefined) paths[name] = { serverRelativeURL: urlOf(name, document) };
    }
    for (const { name, openApiV3 } of this.#aggregation.extensions()) {
      if (openApiV3 !== undefined) paths[`apis/${name}`] = { serverRelativeURL: openApiV3 };
    }
    const bytes = encodeText(JSON.stringify({ paths }));
    return respond(200, "text/plain; charset=utf-8", { form: "bytes", bytes });
  }

  #document(exchange: Exchange): ApiResponse | Promise<ApiResponse> {
    const name = exchange.info.path.slice("/openapi/v3/".length);
    const [root, group = "", version = ""] = name.split("/");
    const extension = root === "apis" ? this.#aggregation.extension(group, version) : undefined;
    if (extension !== undefined) return proxied(exchange, extension);
    const document = this.#v3(name);
    if (document === undefined) return NO_DOCUMENT;
    const accepted = acceptedType(exchange.request.headers["accept"] ?? "", V3_TYPES);
    if (accepted === undefined) return NOT_ACCEPTABLE;
    const asked = exchange.query.get("hash");
    if (asked !== "" && asked !== document.hash) {
      return { status: 301, headers: { location: urlOf(name, document) }, body: { form: "none" } };
    }
    if (accepted === JSON_TYPE) return this.#answer(exchange, JSON_TYPE, document);
    const protobuf = this.#made(`v3 protobuf ${name}`, () =>
      openApiV3Bytes(openApiV3(this.#scheme.kinds(), name) as Json),
    );
    // Both forms are known by the hash of the JSON, which is what the index names.
    return this.#answer(exchange, V3_PROTOBUF, protobuf && { ...protobuf, hash: document.hash });
  }

  #v3(name: string): Document | undefined {
    return this.#made(`v3 ${name}`, () => {
      const document = openApiV3(this.#scheme.kinds(), name);
      return document && encodeDocument(document);
    });
  }

  #made(name: string, make: () => Uint8Array | undefined): Document | undefined {
    if (this.#generation !== this.#scheme.generation || this.#aggregated !== this.#aggregation.generation) {
      this.#documents.clear();
      this.#generation = this.#scheme.generation;
      this.#aggregated = this.#aggregation.generation;
    }
    if (!this.#documents.has(name)) {
      const bytes = make();
      // Names come from clients: only what exists is kept.
      if (bytes === undefined) return undefined;
      this.#documents.set(name, { bytes, hash: sha256Hex(bytes) });
    }
    return this.#documents.get(name);
  }

  #answer(exchange: Exchange, type: string, document: Document | undefined): ApiResponse {
    if (document === undefined) return NO_DOCUMENT;
    const etag = `"${document.hash}"`;
    const headers = { etag, vary: "Accept" };
    if (exchange.request.headers["if-none-match"] === etag) return { status: 304, headers, body: { form: "none" } };
    const response = respond(200, type, { form: "bytes", bytes: document.bytes });
    // A URL that names the hash never answers anything else.
    const isPinned = exchange.query.get("hash") === document.hash;
    return {
      ...response,
      headers: { ...response.headers, ...headers, ...(isPinned && { "cache-control": "public, immutable" }) },
    };
  }
}
