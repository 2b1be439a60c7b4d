/** Who may decide on requests for certificates, and what nobody may ask for: upstream's three plugins. */
import type { CertificateSigningRequest } from "../../api/certificates/index.ts";
import type { UserInfo } from "../../machinery/door.ts";
import { forbidden } from "../../machinery/errors.ts";
import { quote } from "../../machinery/go-text.ts";
import { readCertificateRequest } from "../../machinery/x509/certificate-request.ts";
import { Malformed } from "../../machinery/x509/der.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import { deepEqual } from "../objects.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "./admission.ts";

const GROUP = "certificates.k8s.io";
const CLIENT_SIGNER = "kubernetes.io/kube-apiserver-client";
const ADMINISTRATORS = "system:masters";

const concerns = ({ group, resource }: AdmissionAttributes): boolean =>
  group === GROUP && resource === "certificatesigningrequests";

const requestOf = (object: unknown): CertificateSigningRequest => object as CertificateSigningRequest;

/** Who approves or denies may `approve` for the signer. */
export function certificateApproval(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: "CertificateApproval",
    handles: (attributes) =>
      concerns(attributes) && attributes.operation === "UPDATE" && attributes.subresource === "approval",
    async validate(attributes) {
      const { signerName } = requestOf(attributes.previous).spec;
      if (await mayFor(authorizer, attributes.user, "approve", signerName)) return;
      throw refusal(attributes, `user not permitted to approve requests with signerName ${quote(signerName)}`);
    },
  };
}

/** Who brings the certificate, or says why there is none, may `sign` for the signer. */
export function certificateSigning(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: "CertificateSigning",
    handles: (attributes) =>
      concerns(attributes) && attributes.operation === "UPDATE" && attributes.subresource === "status",
    async validate(attributes) {
      const { spec, status } = requestOf(attributes.previous);
      const { certificate = "", conditions = [] } = requestOf(attributes.object).status;
      if ((status.certificate ?? "") === certificate && deepEqual(status.conditions ?? [], conditions)) return;
      if (await mayFor(authorizer, attributes.user, "sign", spec.signerName)) return;
      throw refusal(attributes, `user not permitted to sign requests with signerName ${quote(spec.signerName)}`);
    },
  };
}

/** Nobody becomes a master of the cluster by a certificate that is asked for. */
export const certificateSubjectRestriction: AdmissionPlugin = {
  name: "CertificateSubjectRestriction",
  handles: (attributes) => concerns(attributes) && attributes.operation === "CREATE" && !attributes.subresource,
  validate(attributes) {
    const { signerName, request } = requestOf(attributes.object).spec;
    if (signerName !== CLIENT_SIGNER) return;
    if (!organizationsIn(request, attributes).includes(ADMINISTRATORS)) return;
    throw refusal(attributes, `use of ${CLIENT_SIGNER} signer with ${ADMINISTRATORS} group is not allowed`);
  },
};

function organizationsIn(request: string, attributes: AdmissionAttributes): readonly string[] {
  try {
    return readCertificateRequest(atob(request)).subject.organizations;
  } catch (error) {
    if (error instanceof Malformed) throw refusal(attributes, `failed to parse CSR: ${error.message}`);
    throw error;
  }
}

const refusal = ({ group, resource, name }: AdmissionAttributes, why: string): Error =>
  forbidden({ group, resource }, name, why);

/** By the right to the signer itself, or to all of its domain: `kubernetes.io/*`. */
async function mayFor(authorizer: Authorizer, user: UserInfo, verb: string, signer: string): Promise<boolean> {
  const [domain = ""] = signer.split("/");
  for (const name of [signer, `${domain}/*`]) {
    const asked = { user, verb, group: GROUP, version: "*", resource: "signers", name };
    if ((await authorizer.authorize(asked)).verdict === "allow") return true;
  }
  return false;
}
