import { X509Certificate, createPrivateKey, createPublicKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Certificates, createCertificates } from '../../local-stack/kubernetes/certificates';

let directory: string;
let made: Certificates;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'certificates-'));
  made = createCertificates(directory);
});
afterAll(() => rmSync(directory, { recursive: true }));

test('the server is vouched for by the authority, for 127.0.0.1', () => {
  const authority = new X509Certificate(readFileSync(made.ca));
  const server = new X509Certificate(readFileSync(made.server));
  expect(authority.ca).toBe(true);
  expect(server.checkIssued(authority)).toBe(true);
  expect(server.verify(authority.publicKey)).toBe(true);
  expect(server.checkIP('127.0.0.1')).toEqual('127.0.0.1');
  expect(server.checkPrivateKey(createPrivateKey(readFileSync(made.serverKey)))).toBe(true);
  expect(Buffer.from(made.caData, 'base64')).toEqual(readFileSync(made.ca));
});

test('the service account keys are a pair', () => {
  const publicKey = createPublicKey(createPrivateKey(readFileSync(made.serviceAccountKey)));
  expect(publicKey.export({ format: 'pem', type: 'spki' })).toEqual(readFileSync(made.serviceAccountPublicKey, 'utf8'));
});

test('nobody else may read a key', () => {
  expect([made.serverKey, made.serviceAccountKey].map(file => statSync(file).mode.toString(8))).toEqual(['100600', '100600']);
});
