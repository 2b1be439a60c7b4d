/** The version that parts give in their user agents: that of the Kubernetes API they speak. */
export const VERSION = "v1.36.0";

/** This package's own; the test beside holds it against package.json. */
export const PACKAGE_VERSION = "0.1.0";
