import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { md, pki } from 'node-forge';

export interface Certificates {
  /** PEM files; the server's is for the API server and for the webhooks of its cluster. */
  readonly ca: string;
  readonly server: string;
  readonly serverKey: string;
  readonly serviceAccountKey: string;
  readonly serviceAccountPublicKey: string;
  /** Base64-encoded PEM. */
  readonly caData: string;
}

const VALID_DAYS = 30;
const NAMES = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];

/** A certificate authority, a server certificate for 127.0.0.1 and the keys of the service account issuer, all made anew. */
export function createCertificates(directory: string): Certificates {
  const write = (name: string, content: string) => {
    const file = join(directory, name);
    writeFileSync(file, content, { mode: 0o600 });
    return file;
  };
  const caKeys = keyPair();
  const authority = certificate('local-ca', caKeys.publicKey, 'local-ca', caKeys.privateKey, [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, critical: true },
  ]);
  const serverKeys = keyPair();
  const server = certificate('kube-apiserver', serverKeys.publicKey, 'local-ca', caKeys.privateKey, [
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }, ...NAMES.map(value => ({ type: 2, value }))] },
  ]);
  const serviceAccount = keyPair();
  return {
    ca: write('ca.crt', authority),
    caData: Buffer.from(authority).toString('base64'),
    server: write('server.crt', server),
    serverKey: write('server.key', serverKeys.privateKey),
    serviceAccountKey: write('service-account.key', serviceAccount.privateKey),
    serviceAccountPublicKey: write('service-account.pub', serviceAccount.publicKey),
  };
}

function keyPair() {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

function certificate(subject: string, publicKey: string, issuer: string, issuerKey: string, extensions: object[]): string {
  const made = pki.createCertificate();
  made.publicKey = pki.publicKeyFromPem(publicKey);
  made.serialNumber = `01${Buffer.from(subject).toString('hex')}`;
  made.validity.notBefore = new Date(Date.now() - 60_000);
  made.validity.notAfter = new Date(Date.now() + VALID_DAYS * 24 * 3600 * 1000);
  made.setSubject([{ name: 'commonName', value: subject }]);
  made.setIssuer([{ name: 'commonName', value: issuer }]);
  made.setExtensions(extensions);
  made.sign(pki.privateKeyFromPem(issuerKey), md.sha256.create());
  return pki.certificateToPem(made);
}
