/** Requests for certificates as openssl makes them (Ed25519), for tests. */

const pem = (base64: string): string => {
  const lines = base64.match(/.{1,64}/g)!.join("\n");
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines}\n-----END CERTIFICATE REQUEST-----\n`;
};

/** `O=system:nodes, CN=system:node:n1` */
export const NODE_REQUEST = pem(
  "MIGvMGMCAQAwMDEVMBMGA1UECgwMc3lzdGVtOm5vZGVzMRcwFQYDVQQDDA5zeXN0ZW06bm9kZTpuMTAqMAUGAytlcAMhAEA12KgYzJKsKnXnrzYMA4475odjTABH/K9Qzl/OnpE8oAAwBQYDK2VwA0EAmfltg+p7vRyX/oSj4NzXm4kC4zgH7BI0MD2g5JTV7UiyT6FBT41iEiZnW7d0oE1qWqA4bYQ4prnWftFAxSwEBw==",
);

/** The same with DNS:n1 and IP:10.0.0.1. */
export const SERVING_REQUEST = pem(
  "MIHWMIGJAgEAMDAxFTATBgNVBAoMDHN5c3RlbTpub2RlczEXMBUGA1UEAwwOc3lzdGVtOm5vZGU6bjEwKjAFBgMrZXADIQBANdioGMySrCp15682DAOOO+aHY0wAR/yvUM5fzp6RPKAmMCQGCSqGSIb3DQEJDjEXMBUwEwYDVR0RBAwwCoICbjGHBAoAAAEwBQYDK2VwA0EAyupU85K/wVCov6snymNhidgfdn0O+np2VkduDYYNFR7+le1RPsk3iobM5Mb7xxxibZ6LhPl8aha6oupg77tZAg==",
);

/** `O=a, O=b, CN=jane` with a name of each kind. */
export const EVERY_NAME_REQUEST = pem(
  "MIHuMIGhAgEAMCcxCjAIBgNVBAoMAWExCjAIBgNVBAoMAWIxDTALBgNVBAMMBGphbmUwKjAFBgMrZXADIQBANdioGMySrCp15682DAOOO+aHY0wAR/yvUM5fzp6RPKBHMEUGCSqGSIb3DQEJDjE4MDYwNAYDVR0RBC0wK4ICbjGHEP0AAAAAAAAAAAAAAAAAAAGBBWFAYi5jhgxzcGlmZmU6Ly94L3kwBQYDK2VwA0EAVd/frGEWUR/tQ+JBy4PC+0M4wjcgGKAqQUfXoIRxwrk1cMB6D0wxUJKNWXt7WI/b/iwo8y4aVkuR5zO09CghBQ==",
);

/** `O=system:masters, CN=jane` */
export const MASTERS_REQUEST = pem(
  "MIGnMFsCAQAwKDEXMBUGA1UECgwOc3lzdGVtOm1hc3RlcnMxDTALBgNVBAMMBGphbmUwKjAFBgMrZXADIQBANdioGMySrCp15682DAOOO+aHY0wAR/yvUM5fzp6RPKAAMAUGAytlcANBAH7Z0Z7470A9iD2KPHOvcQ8z9T4wQqwlGQBlTvtWC5KyZGeQzk+nT+3i8Xm+zpvHxWxXm3rmx1D1V8vyhekPTgY=",
);
