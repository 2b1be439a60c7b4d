/** The version that parts give in their user agents: that of the Kubernetes API they speak. */
export const VERSION = "v1.36.0";
