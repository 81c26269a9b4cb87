import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { PROBLEMS } from '../../contract/problem.ts';
import { readSettings } from '../../server/settings/fromEnv.ts';
import { variables } from '../../server/settings/variables.ts';
import { ROUTES } from '../../server/routes/routes.ts';
import { createMetrics } from '../../server/ops/metrics.ts';
import { blocksOf, documents, headingsOf, quoted, read, rowsBelow, type Block } from './documents.ts';

describe('docs/configuration.md', () => {
  /** Name and what stands beside it, for each variable; a row may list several, with as many defaults. */
  const rows = headingsOf('docs/configuration.md')
    .slice(1)
    .flatMap(({ text }) => rowsBelow('docs/configuration.md', text))
    .flatMap(([names = '', fallback = '']) =>
      quoted(names).map((name, at) => ({ name, fallback, stated: quoted(fallback)[at] })),
    );

  test('lists every variable that the code reads, and no other', () => {
    expect(rows.map(({ name }) => name).toSorted()).toEqual(
      [...Object.keys(variables.shape), 'PORT', 'HOSTNAME_TO_BIND'].toSorted(),
    );
  });

  test.each(Object.entries(variables.shape))('tells the default of %s as it is', (name, type) => {
    const { fallback, stated } = rows.find((row) => row.name === name)!;
    const { data } = type.safeParse(undefined);
    if (data !== undefined) expect(stated).toBe(Array.isArray(data) ? data.join() : String(data));
    else if (type.safeParse(undefined).success) expect(fallback).toMatch(/^none/);
    else expect(fallback).toContain('required in production');
  });

  test('tells where development has an address of its own', () => {
    const { stated } = rows.find(({ name }) => name === 'APP_URL')!;
    const given = {
      UPSTREAM_URL: 'http://127.0.0.1:1',
      UPSTREAM_PATHS: '/x',
      SESSION_PASSWORD: 'a-password-of-thirty-two-letters-or-more',
    };
    expect(readSettings(given).appUrl.origin).toBe(stated);
  });
});

test('.env.example lists every variable that the code reads', () => {
  const example = read('.env.example');
  expect(Object.keys(variables.shape).filter((name) => !example.includes(`${name}=`))).toEqual([]);
});

test('docs/errors.md explains every error code with its status, and no other', () => {
  const rows = rowsBelow('docs/errors.md', 'Codes of the API').map(
    ([code = '', status = '', advice = '']) => {
      expect(advice).not.toBe('');
      return [quoted(code)[0], Number(status)];
    },
  );
  const known = Object.entries(PROBLEMS).map(([code, { status }]) => [code, status]);
  expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(known));
});

test('docs/errors.md names every code that the interceptor throws, and no other', () => {
  const source = readFileSync('interceptors/reauthError.ts', 'utf8');
  const known = new Set(source.match(/'ERR_[A-Z_]+'/g)?.map((code) => code.slice(1, -1)));
  expect(known.size).toBeGreaterThan(3);
  expect(new Set(read('docs/errors.md').match(/\bERR_[A-Z_]+/g))).toEqual(known);
});

test('every metric that the docs and their alert rules name exists, with the label they give it', async () => {
  const known = new Map(
    createMetrics()
      .registry.getMetricsAsArray()
      .flatMap((metric) => {
        const labels = (metric as unknown as { readonly labelNames: readonly string[] }).labelNames;
        const names = /_seconds$/.test(metric.name)
          ? ['', '_bucket', '_count', '_sum'].map((end) => metric.name + end)
          : [metric.name];
        return names.map((name) => [name, [...labels, 'le']] as const);
      }),
  );
  const named = documents.flatMap((file) =>
    [...read(file).matchAll(/\b(reseal_(?!hint|login)[a-z_]+)(?:\{(\w+)=)?/g)].map(
      ([, name = '', label]) => ({
        name,
        label,
      }),
    ),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(
    named.filter(({ name, label }) => !known.has(name) || (label && !known.get(name)?.includes(label))),
  ).toEqual([]);
});

test('every series that the docs name is there from the start, at 0: one that begins at 1 has not risen', async () => {
  const fresh = await createMetrics().registry.metrics();
  const series = documents.flatMap((file) => read(file).match(/\breseal_[a-z_]+\{\w+="[^"]+"\}/g) ?? []);
  expect(series.length).toBeGreaterThan(4);
  expect(series.filter((one) => !fresh.includes(`\n${one} 0\n`))).toEqual([]);
});

test('the alert rules can be read, and each has an expression over our metrics, a severity and a sentence', () => {
  interface Rule {
    readonly alert: string;
    readonly expr: string;
    readonly labels: { readonly severity: string };
    readonly annotations: { readonly summary: string };
  }
  const [{ code }] = blocksOf('docs/recipes.md', ['yaml']) as [Block];
  const { groups } = parse(code) as { groups: { rules: Rule[] }[] };
  const rules = groups.flatMap(({ rules }) => rules);
  expect(rules.length).toBeGreaterThan(4);
  for (const { alert, expr, labels, annotations } of rules) {
    expect(alert).toMatch(/^Reseal\w+$/);
    expect(expr).toMatch(/\breseal_\w+.* [<>]=? /);
    expect(expr.split('(').length).toBe(expr.split(')').length);
    expect(['page', 'ticket']).toContain(labels.severity);
    expect(annotations.summary).toMatch(/[.?]$/);
  }
});

test('docs/wire.md names every route of the server, and no other', () => {
  const named = rowsBelow('docs/wire.md', 'Routes').flatMap(
    ([route = '']) => route.match(/\/api\/(<path>|[\w-]+(\/<(path|id)>)?)/g) ?? [],
  );
  expect(new Set(named)).toEqual(new Set([...ROUTES, '/api/<path>']));
});

test('every code that docs/wire.md names is one of ours', () => {
  const named = read('docs/wire.md').match(/(?<=\b[45]\d\d |, )`?[a-z]+(_[a-z]+)+\b/g) ?? [];
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((code) => !(code.replace('`', '') in PROBLEMS))).toEqual([]);
});
