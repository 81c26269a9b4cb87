import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../../testing/redisServer.ts';
import { newFolder, startService, type Service } from '../support/service.ts';
import { CookieJar } from '../support/cookieJar.ts';
import type { ProviderClient } from './providers.ts';

const SECRET = 'a-client-secret-for-this-test';

/** LemonLDAP::NG insists on a captcha module; Debian's needs an image library, and no captcha is ever shown here. */
const PSGI = (ini: string) => `package Lemonldap::NG::Portal::Captcha::None;
use Mouse;
extends 'Lemonldap::NG::Portal::Main::Plugin';
sub init { 1 }
BEGIN { $INC{'Lemonldap/NG/Portal/Captcha/None.pm'} = 1 }
package main;
use Lemonldap::NG::Portal::Main;
Lemonldap::NG::Portal::Main->run({ confFile => '${ini}' });
`;

const INI = (folder: string) => `[all]
logLevel = error
logger = Lemonldap::NG::Common::Logger::Std
userLogger = Lemonldap::NG::Common::Logger::Std
[configuration]
type = File
dirName = ${folder}/conf
localStorage = Cache::FileCache
localStorageOptions = {'namespace'=>'c','default_expires_in'=>600,'directory_umask'=>'007','cache_root'=>'${folder}/cache','cache_depth'=>3}
[portal]
staticPrefix = /static
templateDir = /usr/share/lemonldap-ng/portal/templates
languages = en
[handler]
[manager]
`;

function configuration(url: string, folder: string, appUrl: string, accessSeconds: number): object {
  const storage = (name: string) => {
    mkdirSync(join(folder, name, 'lock'), { recursive: true });
    const generateModule = 'Lemonldap::NG::Common::Apache::Session::Generate::SHA256';
    return { Directory: join(folder, name), LockDirectory: join(folder, name, 'lock'), generateModule };
  };
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  return {
    cfgNum: 1,
    cfgVersion: '2.16.1',
    cfgAuthor: 'test',
    cfgDate: '1627287638',
    authentication: 'Demo',
    userDB: 'Same',
    passwordDB: 'Demo',
    registerDB: 'Null',
    captcha: '::Captcha::None',
    captcha_mail_enabled: 0,
    captcha_register_enabled: 0,
    cookieName: 'lemonldap',
    domain: '127.0.0.1',
    portal: `${url}/`,
    demoExportedVars: { cn: 'cn', mail: 'mail', uid: 'uid' },
    exportedVars: {},
    groups: {},
    macros: { _whatToTrace: '$_user' },
    whatToTrace: '_whatToTrace',
    globalStorage: 'Apache::Session::File',
    globalStorageOptions: storage('sessions'),
    persistentStorage: 'Apache::Session::File',
    persistentStorageOptions: storage('psessions'),
    oidcStorage: 'Apache::Session::File',
    oidcStorageOptions: storage('oidc'),
    localSessionStorage: 'Cache::FileCache',
    localSessionStorageOptions: {
      cache_root: join(folder, 'cache'),
      namespace: 's',
      default_expires_in: 600,
      cache_depth: 3,
      directory_umask: '007',
    },
    locationRules: {},
    exportedHeaders: {},
    applicationList: {},
    securedCookie: 0,
    timeout: 72_000,
    requireToken: 0,
    loginHistoryEnabled: 0,
    notification: 0,
    portalSkin: 'bootstrap',
    issuerDBOpenIDConnectActivation: 1,
    issuerDBOpenIDConnectPath: '^/oauth2/',
    issuerDBOpenIDConnectRule: 1,
    oidcServiceMetaDataIssuer: url,
    oidcServicePrivateKeySig: keys.privateKey,
    oidcServicePublicKeySig: keys.publicKey,
    oidcServiceKeyIdSig: 'test-key',
    oidcServiceAllowAuthorizationCodeFlow: 1,
    oidcServiceMetaDataAuthnContext: { 'loa-1': 1 },
    oidcRPMetaDataOptions: {
      reseal: {
        oidcRPMetaDataOptionsClientID: 'reseal',
        oidcRPMetaDataOptionsClientSecret: SECRET,
        oidcRPMetaDataOptionsBypassConsent: 1,
        oidcRPMetaDataOptionsRefreshToken: 1,
        oidcRPMetaDataOptionsRedirectUris: `${appUrl}/api/callback`,
        oidcRPMetaDataOptionsPostLogoutRedirectUris: `${appUrl}/login`,
        oidcRPMetaDataOptionsIDTokenSignAlg: 'RS256',
        oidcRPMetaDataOptionsAccessTokenExpiration: accessSeconds,
      },
    },
    oidcRPMetaDataExportedVars: { reseal: { name: 'cn', email: 'mail', preferred_username: 'uid' } },
    oidcRPMetaDataMacros: {},
    oidcRPMetaDataScopeRules: {},
  };
}

/** LemonLDAP::NG from Debian's packages, with its demonstration accounts; ours is `dwho`. */
export async function startLemonLdap(appUrl: string, accessSeconds: number): Promise<ProviderClient> {
  const [folder, port] = [newFolder('llng'), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const [ini, psgi] = [join(folder, 'lemonldap-ng.ini'), join(folder, 'portal.psgi')];
  for (const name of ['conf', 'cache']) mkdirSync(join(folder, name));
  writeFileSync(
    join(folder, 'conf/lmConf-1.json'),
    JSON.stringify(configuration(url, folder, appUrl, accessSeconds)),
  );
  writeFileSync(ini, INI(folder));
  writeFileSync(psgi, PSGI(ini));
  const service = await startService({
    command: 'plackup',
    args: ['-s', 'HTTP::Server::PSGI', '-o', '127.0.0.1', '-p', `${port}`, psgi],
    port,
    folder,
    env: { LLNG_DEFAULTCONFFILE: ini },
    path: '/.well-known/openid-configuration',
  });
  const jar = new CookieJar();
  return {
    service,
    issuer: url,
    userInfoPath: '/oauth2/userinfo',
    tokenPath: '/oauth2/token',
    revocationPath: null,
    client: { id: 'reseal', secret: SECRET },
    refreshLine: /POST \/oauth2\/token/,
    answer: (at) => answer(service, jar, at),
    // It has no back-channel logout, but a refresh token ends with the session that it came from.
    endSession: async () => void (await jar.fetch(new URL('/?logout=1', url))),
  };
}

/** Fills in the portal's login form, unless the portal still knows the browser. */
async function answer(service: Service, jar: CookieJar, at: URL): Promise<URL> {
  let response = await jar.fetch(at);
  if (!response.headers.has('location')) {
    const form = new URLSearchParams({ user: 'dwho', password: 'dwho' });
    for (const [, name = '', value = ''] of (await response.text()).matchAll(
      /name="(url|skin)" value="([^"]*)"/g,
    ))
      form.set(name, value);
    response = await jar.fetch(at, { method: 'POST', body: form });
  }
  for (let step = 0; step < 5; step += 1) {
    const location = response.headers.get('location');
    if (location === null)
      throw new Error(`LemonLDAP::NG answered ${response.status}: ${await response.text()}`);
    const next = new URL(location, at);
    if (next.origin !== service.url) return next;
    response = await jar.fetch(next);
  }
  throw new Error('LemonLDAP::NG sends the browser in circles.');
}
