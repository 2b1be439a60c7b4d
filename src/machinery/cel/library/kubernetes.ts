/** Kubernetes' own types and functions. */
import type { Library } from "../functions.ts";
import { formats } from "./formats.ts";
import { cidrs, ips } from "./network.ts";
import { quantities } from "./quantities.ts";
import { semvers } from "./semver.ts";
import { urls } from "./urls.ts";

export const kubernetes: Library = [...ips, ...cidrs, ...quantities, ...urls, ...semvers, ...formats];
