import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import ts from 'typescript';
import { freePort } from '../../testing/redisServer.ts';
import { blocksOf } from '../docs/documents.ts';
import type { Consumer } from './consumer.ts';

const [inProcess = '', interceptor = '', browserTest = '', browserConfig = ''] = blocksOf('docs/testing.md', [
  'ts',
]).map(({ code }) => code);

/** Runners are found in this repository; the package is not. */
const bin = (path: string) => resolve('node_modules', path);

/** What a transform of Jest makes of a test. */
const compiled = (code: string, module: ts.ModuleKind) =>
  ts.transpileModule(code, { compilerOptions: { module, target: ts.ScriptTarget.ES2023 } }).outputText;

/** Ten requests of the interceptor over an expired token, before a server of the package. */
const INTERCEPTOR_TEST = `
import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { createReseal, fromEnv } from 'reseal/server';
import { signedInAs, startIssuer } from 'reseal/testing';
import { httpOf } from './http.ts';

test('the interceptor refreshes once', async () => {
  const issuer = await startIssuer();
  const server = createServer((req, res) => void reseal.middleware(req, res));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(null)));
  const url = 'http://127.0.0.1:' + server.address().port;
  const reseal = createReseal(fromEnv({ ...issuer.env, APP_URL: url, SESSION_PASSWORD: 'x'.repeat(40), SESSION_STORE: 'memory' }));
  const http = httpOf(await signedInAs(fetch, 'grace', { url }), url);
  issuer.expireAccessTokens();
  const answers = await Promise.all(Array.from({ length: 10 }, () => http.get('/me')));
  expect(answers.map(({ data }) => data.name)).toEqual(Array(10).fill('Grace Hopper'));
  expect(issuer.stats()).toMatchObject({ refreshesGranted: 1, maxPresentations: 1, reuseDetections: 0 });
  server.closeAllConnections();
  server.close();
  await reseal.close();
  await issuer.close();
}, 30_000);
`;

/** An app whose page shows what \`GET /me\` answers. */
const APP = `
import { createServer } from 'node:http';
import { createReseal, fromEnv } from 'reseal/server';
const reseal = createReseal(fromEnv());
createServer((req, res) => reseal.middleware(req, res, async () => {
  const response = await reseal.upstreamFetch('/me', { request: req });
  res.setHeader('Content-Type', 'text/html');
  res.end('<!doctype html><body>' + (await response.text()).replaceAll('<', '&lt;'));
})).listen(new URL(process.env.APP_URL).port, '127.0.0.1');
`;

const chromium = spawnSync('sh', ['-c', 'command -v chromium || command -v google-chrome'])
  .stdout.toString()
  .trim();

/** Runs what docs/testing.md shows in an app that has the package from its tarball. */
export function testingDocs(consumer: () => Consumer): void {
  test('the test of docs/testing.md passes in Vitest, and so does one of the interceptor in OIDC mode', () => {
    const { write, node } = consumer();
    write('unit/session.test.ts', inProcess);
    write('unit/http.ts', interceptor);
    write('unit/interceptor.test.ts', INTERCEPTOR_TEST);
    const output = node([bin('vitest/vitest.mjs'), 'run', '--root', 'unit', '--no-color']);
    expect(output).toMatch(/Tests +2 passed/);
  });

  test.each([
    ['ES modules', 'mjs', ts.ModuleKind.ESNext],
    ['CommonJS', 'cjs', ts.ModuleKind.CommonJS],
  ])('the test of docs/testing.md passes in Jest as %s', (_name, ending, module) => {
    const { write, node } = consumer();
    const code = inProcess.replace("from 'vitest'", "from '@jest/globals'");
    write(`jest-${ending}/session.test.${ending}`, compiled(code, module));
    const config = { testMatch: [`**/*.test.${ending}`], transform: {}, testEnvironment: 'node', haste: {} };
    const output = node(
      [bin('jest/bin/jest.js'), '--rootDir', `jest-${ending}`, '--config', JSON.stringify(config)],
      { NODE_OPTIONS: '--experimental-vm-modules' },
    );
    expect(output).toMatch(/Tests: +1 passed/);
  });

  (chromium === '' ? test.skip : test)('the test of docs/testing.md passes in Playwright', async () => {
    const { write, node } = consumer();
    const [app, upstream] = [await freePort(), await freePort()];
    const here = (code: string) => code.replaceAll('3000', `${app}`).replaceAll('4000', `${upstream}`);
    write('server.js', APP);
    write('e2e/session.spec.ts', here(browserTest));
    write('documented.config.ts', here(browserConfig));
    const launchOptions = { executablePath: chromium, args: ['--no-sandbox', '--disable-gpu'] };
    write(
      'playwright.config.ts',
      `import config from './documented.config.ts';
       export default { ...config, use: { ...config.use, launchOptions: ${JSON.stringify(launchOptions)} } };`,
    );
    const output = node([bin('@playwright/test/cli.js'), 'test', '--reporter', 'list']);
    expect(output).toMatch(/1 passed/);
  });
}
