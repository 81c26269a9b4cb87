import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCertificate } from '../support/certificate.ts';
import { newFolder, startService, type Service } from '../support/service.ts';

export const HOST = 'app.example.com';

export interface Proxy {
  readonly service: Service;
  readonly cert: string;
  /** Of the site's file, without comments. */
  readonly configurationLines: number;
}

/** Each proxy by the name of its file in `deploy/`. */
export const FILES = {
  nginx: 'nginx.conf',
  Caddy: 'Caddyfile',
  HAProxy: 'haproxy.cfg',
  Apache: 'apache.conf',
} as const;

export type ProxyName = keyof typeof FILES | 'nginx with its defaults';

/** An nginx site that sets nothing but where the app is. */
const BARE_NGINX = `server {
  listen 443 ssl http2;
  server_name app.example.com;
  ssl_certificate /etc/ssl/app/fullchain.pem;
  ssl_certificate_key /etc/ssl/app/key.pem;
  location / {
    proxy_pass http://127.0.0.1:3000;
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-Proto https;
  }
}`;

/** Starts a proxy with its file of `deploy/`, on another port and before another app than the file says. */
export async function startProxy(name: ProxyName, port: number, appPort: number): Promise<Proxy> {
  const folder = newFolder('proxy');
  chmodSync(folder, 0o755);
  const certificate = makeCertificate(folder, [HOST]);
  const at = (file: string) => join(folder, file);
  const adapt = (text: string) =>
    text
      .replaceAll('127.0.0.1:3000', `127.0.0.1:${appPort}`)
      .replace(/(?<=listen |bind |\*):?443/, `127.0.0.1:${port}`)
      .replace(/<VirtualHost \*127/, '<VirtualHost 127')
      .replace(/^app\.example\.com \{/m, `https://app.example.com:${port} {`)
      .replaceAll('/etc/ssl/app/', `${folder}/`);
  const write = (file: string, text: string) => {
    writeFileSync(at(file), text);
    return at(file);
  };
  const ours = (file: string) => adapt(site(file));
  const command = commandOf(name, { folder, at, write, ours, adapt });
  const service = await startService({ ...command, port, folder, url: `https://${HOST}:${port}` });
  const text = name === 'nginx with its defaults' ? BARE_NGINX : site(FILES[name]);
  const configurationLines = text.split('\n').filter((line) => /^\s*[^\s#]/.test(line)).length;
  return { service, cert: certificate.cert, configurationLines };
}

/** A file of `deploy/`. */
const site = (file: string) => readFileSync(`deploy/${file}`, 'utf8');

interface Place {
  readonly folder: string;
  readonly at: (file: string) => string;
  readonly write: (file: string, text: string) => string;
  readonly ours: (file: string) => string;
  readonly adapt: (text: string) => string;
}

function commandOf(name: ProxyName, { folder, at, write, ours, adapt }: Place) {
  switch (name) {
    case 'nginx':
    case 'nginx with its defaults': {
      const site = name === 'nginx' ? ours('nginx.conf') : adapt(BARE_NGINX);
      const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (one) => `${one}_temp_path ${at(one)};`,
      );
      const config = `worker_processes 1; daemon off; pid ${at('pid')}; error_log stderr warn;
events { worker_connections 256; }
http { access_log off; ${paths.join(' ')}
${site}
}`;
      return { command: 'nginx', args: ['-c', write('nginx.conf', config), '-p', folder, '-e', 'stderr'] };
    }
    case 'Caddy': {
      const global = '{\n\tadmin off\n\tdefault_bind 127.0.0.1\n\tauto_https disable_redirects\n}\n';
      const args = [
        'run',
        '--adapter',
        'caddyfile',
        '--config',
        write('Caddyfile', global + ours('Caddyfile')),
      ];
      return {
        command: 'caddy',
        args,
        env: { XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder, HOME: folder },
      };
    }
    case 'HAProxy':
      return { command: 'haproxy', args: ['-db', '-f', write('haproxy.cfg', ours('haproxy.cfg'))] };
    case 'Apache': {
      const modules = [
        'mpm_event',
        'authz_core',
        'ssl',
        'socache_shmcb',
        'http2',
        'headers',
        'proxy',
        'proxy_http',
      ];
      const load = modules.map((one) => `LoadModule ${one}_module /usr/lib/apache2/modules/mod_${one}.so`);
      const site = ours('apache.conf');
      const listen = /<VirtualHost ([\d.:]+)>/.exec(site)?.[1] ?? '';
      mkdirSync(at('run'));
      const config = [
        ...load, `ServerRoot ${folder}`, `DefaultRuntimeDir ${at('run')}`, `PidFile ${at('pid')}`, `Listen ${listen}`,
        `ErrorLog ${at('error.log')}`, 'ServerName localhost', ...(process.getuid?.() === 0 ? ['User www-data', 'Group www-data'] : []),
        site,
      ].join('\n'); // prettier-ignore
      return { command: 'apache2', args: ['-D', 'FOREGROUND', '-f', write('apache.conf', config)] };
    }
  }
}
