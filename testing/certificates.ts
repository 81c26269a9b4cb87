import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An authority of the test's own, and a server's certificate by it for 127.0.0.1 and localhost. */
export interface Certificates {
  /** Files, as servers want them. */
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** The certificate of the authority, as PEM. */
  readonly ca: string;
  remove(): void;
}

/** Makes certificates with openssl; they are valid for two days. */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'reseal-tls-'));
  const at = (name: string) => join(folder, name);
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  openssl('req', '-x509', ...key, '-subj', '/CN=an authority', '-keyout', at('ca.key'), '-out', at('ca.crt'));
  openssl('req', ...key.slice(0, 5), '-subj', '/CN=redis', '-keyout', at('key.pem'), '-out', at('csr.pem'));
  writeFileSync(at('names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost');
  openssl(
    'x509', '-req', '-in', at('csr.pem'), '-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2',
    '-extfile', at('names'), '-out', at('cert.pem'),
  ); // prettier-ignore
  return {
    caFile: at('ca.crt'),
    certFile: at('cert.pem'),
    keyFile: at('key.pem'),
    ca: readFileSync(at('ca.crt'), 'utf8'),
    remove: () => rmSync(folder, { recursive: true }),
  };
}
