/** Reading and extending kubectl's configuration files. */
export {
  type Connection,
  connectionOf,
  type Kubeconfig,
  KubeconfigError,
  kubeconfigPaths,
  type Overrides,
  pathToWrite,
  readKubeconfig,
} from "./kubeconfig.ts";
export { kubeconfigOf, kubeconfigText, mergeEntry, type Merged, type OwnEntry, removeEntry } from "./write.ts";
