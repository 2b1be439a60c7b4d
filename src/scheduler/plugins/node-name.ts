import { SKIP, definePlugin, never } from "../framework.ts";

/** A pod that names its node goes there or nowhere. */
export const nodeName = definePlugin({
  name: "NodeName",
  dependsOn: "node",
  retryOn: ["node/add"],
  prepare: ({ pod }) => pod.spec.nodeName || SKIP,
  filter: ({ node, state }) =>
    node.name === state ? undefined : never("node(s) didn't match the requested node name"),
});
