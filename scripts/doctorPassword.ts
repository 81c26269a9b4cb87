import { randomUUID } from 'node:crypto';
import { request, type Dispatcher } from 'undici';
import { systemClock } from '../server/clock.ts';
import type { Dialect, DialectCall } from '../server/issuers/password/dialect.ts';
import { passwordIssuer } from '../server/issuers/password/issuer.ts';
import { PRESETS } from '../server/issuers/password/presets.ts';
import { matches } from '../server/issuers/password/read.ts';
import { messageOf, targetOf, type Values } from '../server/issuers/password/template.ts';
import { parseTokenBody } from '../server/issuers/tokenResponse.ts';
import { createPool } from '../server/ops/egress.ts';
import type { Settings } from '../server/settings/fromEnv.ts';
import type { Finding } from './doctorChecks.ts';

const CALL_MS = 10_000;
const options = () => ({ signal: AbortSignal.timeout(CALL_MS) });

/** Rehearses password mode: a made-up user and a made-up refresh token, and what Reseal would conclude from the answers. */
export async function checkPassword({ oidc, password: settings }: Settings): Promise<Finding[]> {
  if (oidc) return [];
  const dispatcher = createPool({});
  const { dialect, ...backend } = settings;
  const issuer = passwordIssuer(dialect, { ...backend, dispatcher, clock: systemClock });
  const madeUp = {
    username: `doctor-${randomUUID()}@example.invalid`,
    password: randomUUID(),
    refreshToken: randomUUID(),
  };
  const probe = (of: Dialect, call: DialectCall) =>
    ask(of, call, { values: { ...backend.values, ...madeUp }, baseUrl: settings.baseUrl, dispatcher });
  try {
    const login = await issuer.login(madeUp, options());
    const refresh = await issuer.refresh(madeUp.refreshToken, options());
    const findings = [
      loginFinding(login.kind, await probe(dialect, dialect.login)),
      refreshFinding(refresh.kind, await probe(dialect, dialect.refresh)),
    ];
    if (findings.every(({ state }) => state === 'ok')) return findings;
    return [...findings, await fitting(probe)];
  } finally {
    await dispatcher.close();
  }
}

interface Probe {
  readonly at: string;
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>> | null;
}

/** Whom to ask, and with which made-up values. */
interface Asked {
  readonly values: Values;
  readonly baseUrl: Settings['password']['baseUrl'];
  readonly dispatcher: Dispatcher;
}

/** Sends a call as a dialect has it; `null` when nothing answers. */
async function ask(
  dialect: Dialect,
  call: DialectCall,
  { values, baseUrl, dispatcher }: Asked,
): Promise<Probe | null> {
  const { method, url } = targetOf(call.path, baseUrl, values);
  const message = messageOf(dialect, call, values, options());
  const answer = await request(url, { method, dispatcher, ...options(), ...message }).catch(() => null);
  const text = await answer?.body.text().catch(() => '');
  const { origin, pathname } = new URL(url);
  return (
    answer && {
      at: `${method} ${origin}${pathname}`,
      status: answer.statusCode,
      body: parseTokenBody(text ?? ''),
    }
  );
}

/** What an answer looked like, without its values: a body may repeat what it was sent. */
function shapeOf(probe: Probe | null): string {
  if (!probe) return 'nothing answers';
  const fields =
    probe.body === null ? 'no JSON object' : `{${Object.keys(probe.body).slice(0, 6).join(', ')}}`;
  return `${probe.at} answers ${probe.status} with ${fields}`;
}

function loginFinding(kind: string, probe: Probe | null): Finding {
  const check = 'login, made up';
  const what = shapeOf(probe);
  if (kind === 'refused') return { check, state: 'ok', what: 'a made-up user is refused: invalid_credentials' };
  if (kind === 'granted') return { check, state: 'fail', what: 'a made-up user is let in', todo: 'this is no login' };
  if (kind === 'client refused')
    return { check, state: 'fail', what: `${what}: this app is refused`, todo: 'check AUTH_CLIENT_ID, AUTH_CLIENT_SECRET and AUTH_API_KEY' };
  if (probe?.status === 404 || probe?.status === 405)
    return { check, state: 'fail', what: `${what}: nothing takes logins there`, todo: 'set AUTH_LOGIN_PATH, or AUTH_DIALECT' };
  const todo = 'a wrong password would be answered 503: choose an AUTH_DIALECT whose refusal this is';
  return { check, state: 'fail', what, todo };
} // prettier-ignore

function refreshFinding(kind: string, probe: Probe | null): Finding {
  const check = 'refresh, made up';
  if (kind === 'refused') return { check, state: 'ok', what: 'a made-up refresh token is refused: the session would end' };
  const todo = 'a session whose refresh token is dead would go on failing: see AUTH_DIALECT and AUTH_REFRESH_PATH';
  return { check, state: 'fail', what: shapeOf(probe), todo };
} // prettier-ignore

/** Tries the login and the refresh of every preset that stays on this backend. */
async function fitting(probe: (of: Dialect, call: DialectCall) => Promise<Probe | null>): Promise<Finding> {
  const check = 'presets';
  const fits: string[] = [];
  for (const [name, preset] of Object.entries(PRESETS) as [string, Dialect][]) {
    const calls = [preset.login, preset.refresh];
    if (calls.some(({ path }) => path.startsWith('http'))) continue;
    const answers = await Promise.all(calls.map(async (call) => ({ call, answer: await probe(preset, call) })));
    const isRefused = answers.every(
      ({ call, answer }) => answer && call.refused.some((verdict) => matches(verdict, answer.status, answer.body)),
    );
    if (isRefused) fits.push(name);
  }
  const [first] = fits;
  if (first === undefined)
    return { check, state: 'note', what: 'none fits as it is', todo: 'docs/recipes.md, "Presets": other paths, or a dialect in code' };
  return { check, state: 'note', what: `what would fit: ${fits.join(', ')}`, todo: `set AUTH_DIALECT=${first}` };
} // prettier-ignore
