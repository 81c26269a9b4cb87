import { parseArgs } from 'node:util';
import { readSettings, isSettingsError, type Settings } from '../server/settings/fromEnv.ts';
import { loadEnvFiles } from './environment.ts';
import { checkKeepAlive, checkKeys, checkSeal, type Finding } from './doctorChecks.ts';
import { checkLogin } from './doctorLogin.ts';
import { checkReachable } from './doctorNetwork.ts';
import { checkProvider } from './doctorOidc.ts';
import { checkPassword } from './doctorPassword.ts';
import { checkStore } from './doctorRedis.ts';

const MARKS = { ok: ' ok ', note: 'note', warn: 'WARN', fail: 'FAIL' } as const;

/** Prints a line a finding, with what to do beneath. */
function print({ check, state, what, todo }: Finding): void {
  console.log(`${MARKS[state]}  ${check.padEnd(28)} ${what}`);
  if (todo !== undefined) console.log(`      ${''.padEnd(28)} → ${todo}`);
}

function settingsOrLeave(): Settings {
  try {
    return readSettings(process.env);
  } catch (error) {
    if (!isSettingsError(error)) throw error;
    for (const what of error.lines)
      print({ check: 'settings', state: 'fail', what, todo: '.env.example explains it' });
    process.exit(1);
  }
}

/** The store of `npm start`: without NODE_ENV the settings are those of development, which remembers in memory. */
function storeOfServer(store: Settings['store']): Settings['store'] {
  const isByDefault = store.kind === 'memory' && !process.env['SESSION_STORE'];
  return isByDefault ? { kind: 'sqlite', dir: process.env['DATA_DIR'] ?? '.reseal' } : store;
}

loadEnvFiles();
const { values } = parseArgs({
  options: {
    /** A file with an answer of the token endpoint. */
    'token-response': { type: 'string' },
    /** A person to log in for real; the password is in DOCTOR_PASSWORD. */
    login: { type: 'string' },
    /** Seconds for which the load balancer keeps an idle connection. */
    'balancer-idle': { type: 'string', default: '60' },
  },
});
const settings = settingsOrLeave();
async function checkUpstreams(): Promise<Finding[]> {
  const checks = settings.upstreams.map(({ name, url }) => {
    const todo = `start it, or correct UPSTREAM_${name.toUpperCase()}_URL`;
    return checkReachable(`upstream ${name}`, url, todo);
  });
  return (await Promise.all(checks)).flat();
}

const findings: Finding[] = [
  {
    check: 'settings',
    state: 'ok',
    what: `read; ${settings.oidc ? 'OIDC' : 'password'} mode at ${settings.appUrl.origin}`,
  },
  ...checkKeys(settings),
  ...(await checkSeal(settings, values['token-response'])),
  ...(await checkReachable('upstream', settings.upstreamUrl, 'start it, or correct UPSTREAM_URL')),
  ...(await checkUpstreams()),
  ...(settings.oidc
    ? await checkReachable('provider, network', settings.oidc.issuer, 'start it, or correct OIDC_ISSUER')
    : []),
  ...(await checkPassword(settings)),
  ...(values.login === undefined
    ? []
    : await checkLogin(settings, {
        username: values.login,
        password: process.env['DOCTOR_PASSWORD'] || null,
      })),
  ...(await checkProvider(settings)),
  checkKeepAlive(settings, Number(values['balancer-idle'])),
  ...(await checkStore(storeOfServer(settings.store))),
];
for (const finding of findings) print(finding);
const failed = findings.filter(({ state }) => state === 'fail').length;
console.log(failed === 0 ? '\nNothing stands in the way.' : `\n${failed} to correct.`);
process.exit(failed === 0 ? 0 : 1);
