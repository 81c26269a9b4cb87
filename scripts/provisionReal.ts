import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { installByApt } from './provision.ts';

/** One of the real services: Debian's packages, and the file that shows that they are there. */
interface Needs {
  readonly packages: readonly string[];
  readonly file: string;
}

/** By the names that the tests know the services by. */
const BY_APT: Readonly<Record<string, Needs>> = {
  'Django SimpleJWT': {
    packages: ['python3-djangorestframework-simplejwt'],
    file: '/usr/lib/python3/dist-packages/rest_framework_simplejwt/views.py',
  },
  'LemonLDAP::NG': {
    packages: [
      'liblemonldap-ng-portal-perl', 'lemonldap-ng-fastcgi-server', 'libplack-perl', 'libstring-random-perl',
      'libcrypt-openssl-rsa-perl', 'libcrypt-openssl-x509-perl', 'libio-string-perl', 'libconvert-base32-perl',
    ],
    file: '/usr/share/perl5/Lemonldap/NG/Portal/Main.pm',
  },
  glewlwyd: { packages: ['glewlwyd'], file: '/usr/bin/glewlwyd' },
  nginx: { packages: ['nginx-light'], file: '/usr/sbin/nginx' },
  HAProxy: { packages: ['haproxy'], file: '/usr/sbin/haproxy' },
  Apache: { packages: ['apache2'], file: '/usr/sbin/apache2' },
  Caddy: { packages: ['caddy'], file: '/usr/bin/caddy' },
  openssl: { packages: ['openssl'], file: '/usr/bin/openssl' },
}; // prettier-ignore

const NPM_FOLDER = '__tests__/real/npm';
const BY_NPM = ['NestJS', 'better-auth'];

/** npm's own script, which `npm run` names; without it the one on the PATH. */
function npmInstalls(): boolean {
  const script = process.env['npm_execpath'];
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  const [command, before] = script ? [process.execPath, [script]] : ['npm', []];
  return spawnSync(command, [...before, ...args], { cwd: NPM_FOLDER, stdio: 'inherit' }).status === 0;
}

/** Installs the real services where that is possible; answers the names of those that are not there. */
export function provisionReal(): readonly string[] {
  const isMissing = ([, { file }]: [string, Needs]) => !existsSync(file);
  const wanted = Object.entries(BY_APT).filter(isMissing);
  if (wanted.length > 0) installByApt(wanted.flatMap(([, { packages }]) => packages));
  const isThere = existsSync(`${NPM_FOLDER}/node_modules/.package-lock.json`) || npmInstalls();
  return [
    ...Object.entries(BY_APT)
      .filter(isMissing)
      .map(([name]) => name),
    ...(isThere ? [] : BY_NPM),
  ];
}
