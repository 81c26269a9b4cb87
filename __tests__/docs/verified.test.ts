import { readFileSync } from 'node:fs';
import { PRESETS } from '../../server/issuers/password/presets.ts';
import { BACKENDS } from '../real/services/backends.ts';
import { FILES } from '../real/services/proxies.ts';
import { PROVIDERS } from '../real/services/realProviders.ts';
import { SHAPED } from '../real/services/shaped.ts';
import { DOCUMENTED } from '../server/dialects/documented.ts';
import { quoted, read, rowsBelow } from './documents.ts';

/*
 * What the documents say was tried is what the tests run: their tables of services, which `describe.each` goes through,
 * are read here, and nothing else counts.
 */

/** The three kinds of claim that a table may make. */
type Claim = 'the real thing' | 'a double' | 'not at all';

function claimOf(cell: string): Claim {
  if (/^\*\*the real thing\*\*( \([^)]+\))?$/.test(cell)) return 'the real thing';
  if (/^a double( from its (documentation|source))?(, over TLS)?$/.test(cell)) return 'a double';
  if (/^not at all\b/.test(cell)) return 'not at all';
  throw new Error(`no claim that a test could check: ${cell}`);
}

/** `NAME=value` between backticks, without the values that stand for the reader's own. */
const settingsOf = (cell: string): Record<string, string> =>
  Object.fromEntries(
    quoted(cell)
      .map((text) => /^([A-Z_]+)="?([^"<]*)"?$/.exec(text)?.slice(1) ?? [])
      .filter((pair): pair is [string, string] => pair.length === 2 && pair[0] !== 'OIDC_ISSUER'),
  );

const isRun = (file: string, table: string) =>
  expect(readFileSync(`__tests__/real/${file}`, 'utf8')).toMatch(
    new RegExp(`describe\\.each\\(\\s*(Object\\.entries\\()?${table}\\b`),
  );

test('the tests of real services go through the tables that are read here', () => {
  isRun('passwordBackends.real.ts', 'BACKENDS');
  isRun('providers.real.ts', 'PROVIDERS');
  isRun('shapedProviders.real.ts', 'SHAPED');
  isRun('proxies.real.ts', 'PROXIES');
  expect(readFileSync('__tests__/real/proxies.real.ts', 'utf8')).toContain('Object.keys(FILES)');
  expect(readFileSync('__tests__/server/dialects/presets.test.ts', 'utf8')).toContain('describe.each(names)');
});

describe('the table of presets', () => {
  const rows = rowsBelow('docs/recipes.md', 'Presets').map(([name = '', , , tried = '']) => ({
    name: quoted(name)[0] ?? '',
    tried,
  }));
  const real = new Set(Object.values(BACKENDS).map(({ settings }) => settings['AUTH_DIALECT']));

  test('has every preset, and no other', () => {
    expect(rows.map(({ name }) => name).toSorted()).toEqual(Object.keys(PRESETS).toSorted());
  });

  test.each(rows)('says of $name what the tests run: $tried', ({ name, tried }) => {
    const ran: Claim = real.has(name) ? 'the real thing' : name in DOCUMENTED ? 'a double' : 'not at all';
    expect(claimOf(tried)).toBe(ran);
  });
});

describe('the table of OpenID providers', () => {
  const rows = rowsBelow('docs/recipes.md', 'An OpenID provider \\(Keycloak, Auth0, …\\)').map(
    ([name = '', set = '', tried = '']) => ({ name, set, tried }),
  );
  const shapeOf = (name: string) =>
    Object.entries(SHAPED).find(([like]) => like === name || like.startsWith(`${name},`))?.[1];
  /** The provider of `__tests__/oidc`, in a process of its own. */
  const isLibrary = (name: string) =>
    name.startsWith('oidc-provider') &&
    readFileSync('__tests__/support/oidcProvider.ts', 'utf8').includes("from 'oidc-provider'");

  test('has every provider that the tests run', () => {
    const named = rows.map(({ name }) => name);
    expect(named).toEqual(expect.arrayContaining(Object.keys(PROVIDERS)));
    for (const like of Object.keys(SHAPED)) expect(named).toContain(like.replace(/,.*/, ''));
  });

  test.each(rows)('says of $name what the tests run: $tried', ({ name, tried }) => {
    const isReal = name in PROVIDERS || isLibrary(name);
    const ran: Claim = isReal ? 'the real thing' : shapeOf(name) ? 'a double' : 'not at all';
    expect(claimOf(tried)).toBe(ran);
  });

  test.each(rows.filter(({ name }) => name in PROVIDERS))(
    'gives for $name the settings that the tests use',
    ({ name, set }) => expect(settingsOf(set)).toEqual(PROVIDERS[name]?.settings),
  );

  test.each(rows.filter(({ name }) => shapeOf(name)))(
    'gives for $name at least the settings that the tests use',
    ({ name, set }) => expect(settingsOf(set)).toMatchObject(shapeOf(name)?.settings ?? {}),
  );
});

test('deploy/README.md has a row for each proxy that the tests run, and no other', () => {
  const named = [...read('deploy/README.md').matchAll(/^\| \[`([^`]+)`\]/gm)].map(([, file]) => file);
  expect(named.toSorted()).toEqual(Object.values(FILES).toSorted());
});
