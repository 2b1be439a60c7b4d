/**
 * `/tiphys/v1/forks`: clusters in memory that begin as this one is now.
 *
 *     GET                              those there are
 *     POST {"name": "try"}             a new one; see told-fork.ts for what can be chosen
 *     DELETE ?name=try                 ends it, and forgets what it has
 *
 * No resource, and so allowed by RBAC rules for `nonResourceURLs`; by default only administrators may. A fork holds all Secrets, but
 * in it everybody may do only what he may do here.
 */
import type { ApiResponse } from "../../machinery/door.ts";
import { badRequest, methodNotAllowed, notFound } from "../../machinery/errors.ts";
import { quote } from "../../machinery/go-text.ts";
import type { ForkList, ForkRequest } from "../../machinery/told-fork.ts";
import { jsonOfBody } from "../body.ts";
import { encodeJson } from "../encoding/json.ts";
import type { Exchange } from "../exchange.ts";
import type { Forks, Parts } from "../parts.ts";
import { respond } from "../respond.ts";

const PATH = "/tiphys/v1/forks";
const NAME = /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/;
/** Words that `tiphys fork` takes for something else. */
const TAKEN = new Set(["list", "delete"]);
/** Each has a store of its own, which grows with what differs. */
const MOST = 8;

export function installForks({ routes }: Parts): void {
  routes.path(PATH, (exchange) => {
    const list: ForkList = { kind: "ForkList", apiVersion: "tiphys/v1", items: exchange.parts.forks?.list() ?? [] };
    return answer(list);
  });
  routes.action("POST", PATH, create);
  routes.action("DELETE", PATH, remove);
}

async function create(exchange: Exchange): Promise<ApiResponse> {
  const forks = forksOf(exchange);
  const { name, components, controllers } = jsonOfBody(exchange) as Partial<ForkRequest>;
  if (typeof name !== "string" || !NAME.test(name) || TAKEN.has(name)) {
    throw badRequest(
      `${quote(String(name))} is no name for a fork: it has up to 40 lower case letters, digits and dashes between`,
    );
  }
  for (const given of [components, controllers]) {
    const fits = given === undefined || (Array.isArray(given) && given.every((each) => typeof each === "string"));
    if (!fits) throw badRequest("components and controllers are lists of names");
  }
  const known = forks.list();
  if (known.some((fork) => fork.name === name)) throw badRequest(`there is a fork ${quote(name)} already`);
  if (known.length >= MOST) throw badRequest(`there are ${MOST} forks already, which is the most: delete one first`);
  return answer(await forks.create({ name, components, controllers }), 201);
}

async function remove(exchange: Exchange): Promise<ApiResponse> {
  const forks = forksOf(exchange);
  const name = exchange.query.get("name");
  const fork = forks.list().find((each) => each.name === name);
  if (fork === undefined) throw notFound({ group: "tiphys", resource: "forks" }, name);
  await forks.remove(name);
  return answer(fork);
}

function forksOf({ parts: { forks } }: Exchange): Forks {
  if (forks !== undefined) return forks;
  throw methodNotAllowed("this server makes no forks: it is one itself, or an API server that runs alone");
}

function answer(object: object, status = 200): ApiResponse {
  return respond(status, "application/json", { form: "object", object, bytes: () => encodeJson(object) });
}
