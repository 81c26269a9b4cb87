import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate that signs itself, for some names and 127.0.0.1. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  /** Both in one file, as HAProxy wants them. */
  readonly bundleFile: string;
  readonly cert: string;
  readonly key: string;
}

export function makeCertificate(folder: string, names: readonly string[]): Certificate {
  const file = (name: string) => join(folder, name);
  const [certFile, keyFile, bundleFile] = [file('fullchain.pem'), file('key.pem'), file('bundle.pem')];
  const alternatives = [...names.map((name) => `DNS:${name}`), 'IP:127.0.0.1'].join();
  execFileSync('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=test',
    '-addext', `subjectAltName=${alternatives}`, '-keyout', keyFile, '-out', certFile,
  ], { stdio: 'ignore' }); // prettier-ignore
  const [cert, key] = [readFileSync(certFile, 'utf8'), readFileSync(keyFile, 'utf8')];
  writeFileSync(bundleFile, cert + key);
  return { certFile, keyFile, bundleFile, cert, key };
}
