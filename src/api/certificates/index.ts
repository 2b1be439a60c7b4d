import { CertificateSigningRequest } from "./certificate-signing-request.ts";

export * from "./certificate-signing-request.ts";

export const certificatesKinds = [CertificateSigningRequest] as const;
