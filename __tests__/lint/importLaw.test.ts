import { spawnSync } from 'node:child_process';

interface Planted {
  /** Where the text would be; nothing is written there. */
  readonly at: string;
  readonly text: string;
}
interface Message {
  readonly ruleId: string | null;
  readonly message: string;
}

/** Lints all texts in one process of its own: ESLint loads its configuration in a way that Jest cannot. */
function lint(planted: readonly Planted[]): readonly (readonly Message[])[] {
  const script = `
    import { ESLint } from 'eslint';
    const eslint = new ESLint();
    const texts = JSON.parse(process.env.PLANTED);
    const found = [];
    for (const { at, text } of texts) {
      const [result] = await eslint.lintText(text, { filePath: at });
      found.push((result?.messages ?? []).map(({ ruleId, message }) => ({ ruleId, message })));
    }
    console.log(JSON.stringify(found));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: { ...process.env, PLANTED: JSON.stringify(planted) },
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as readonly (readonly Message[])[];
}

const value = (from: string) => `import * as planted from '${from}';\nexport const kept = planted;\n`;
const type = (from: string) =>
  `import type * as planted from '${from}';\nexport type Kept = typeof planted;\n`;

/** What is planted, where, and the reason that must be given. */
const violations: readonly (readonly [at: string, text: string, reason: RegExp])[] = [
  // contract imports nothing.
  ['contract/planted.ts', value('../server/clock.ts'), /ground floor/],
  ['contract/planted.ts', value('../store/demo/hooks.ts'), /ground floor/],
  ['contract/planted.ts', value('zod'), /contract\/ imports nothing/],
  ['contract/planted.ts', value('node:crypto'), /contract\/ imports nothing/],
  ['contract/planted.ts', value('./hint.ts'), /contract\/ imports nothing/],
  ['contract/planted.ts', type('axios'), /contract\/ imports nothing/],
  // interceptors → axios, contract.
  ['interceptors/planted.ts', value('../store/demo/hooks.ts'), /copied into other apps/],
  ['interceptors/planted.ts', value('../services/user.ts'), /copied into other apps/],
  ['interceptors/planted.ts', value('../server/clock.ts'), /copied into other apps/],
  ['interceptors/planted.ts', value('react'), /axios and nothing else/],
  ['interceptors/planted.ts', value('@reduxjs/toolkit'), /axios and nothing else/],
  ['interceptors/planted.ts', value('next/router'), /axios and nothing else/],
  ['interceptors/planted.ts', value('node:fs'), /axios and nothing else/],
  // services → axios types, contract.
  ['services/planted.ts', value('../interceptors/reauth.ts'), /promises in, data out/],
  ['services/planted.ts', value('../store/demo/hooks.ts'), /promises in, data out/],
  ['services/planted.ts', value('react'), /axios types and the contract/],
  ['services/planted.ts', value('@reduxjs/toolkit'), /axios types and the contract/],
  ['services/planted.ts', value('axios'), /axios types and the contract/],
  // store → RTK, contract, services types; only connection.ts knows axios, it and browserHalf.ts the interceptor.
  [
    'store/planted.ts',
    value('../interceptors/reauth.ts'),
    /only store\/connection\.ts, browserHalf\.ts and demo\/stepUp\.ts/,
  ],
  [
    'store/planted.ts',
    type('../interceptors/reauth.ts'),
    /only store\/connection\.ts, browserHalf\.ts and demo\/stepUp\.ts/,
  ],
  [
    'store/planted.ts',
    value('../server/clock.ts'),
    /only store\/connection\.ts, browserHalf\.ts and demo\/stepUp\.ts/,
  ],
  [
    'store/planted.ts',
    value('../components/shell/Account.tsx'),
    /only store\/connection\.ts, browserHalf\.ts and demo\/stepUp\.ts/,
  ],
  ['store/planted.ts', value('axios'), /Only store\/connection\.ts knows axios/],
  ['store/planted.ts', value('next/router'), /knows axios/],
  ['store/browserHalf.ts', value('../server/clock.ts'), /The browser half/],
  ['store/browserHalf.ts', value('../components/shell/Account.tsx'), /The browser half/],
  ['store/browserHalf.ts', value('axios'), /Only store\/connection\.ts knows axios/],
  ['store/browserHalf.ts', value('axios'), /Only store\/connection\.ts knows axios/],
  ['store/planted.ts', type('./demo/hooks.ts'), /no slice of the demo/],
  [
    'store/demo/planted.ts',
    value('../../interceptors/reauth.ts'),
    /only store\/connection\.ts, browserHalf\.ts and demo\/stepUp\.ts/,
  ],
  // react → store, contract; no Redux.
  ['react/planted.ts', value('../services/user.ts'), /react\/ shows/],
  ['react/planted.ts', value('../interceptors/reauth.ts'), /react\/ shows/],
  ['react/planted.ts', value('@reduxjs/toolkit'), /apps without Redux/],
  ['react/planted.ts', value('next/router'), /apps without Redux/],
  ['react/planted.ts', type('../store/demo/hooks.ts'), /no slice of the demo/],
  // components → react, store.
  ['components/Planted.tsx', value('../services/user.ts'), /dispatch actions/],
  ['components/Planted.tsx', value('../server/clock.ts'), /dispatch actions/],
  ['components/Planted.tsx', type('../server/adapters/pageProps.ts'), /dispatch actions/],
  ['components/Planted.tsx', value('../interceptors/reauth.ts'), /dispatch actions/],
  ['components/Planted.tsx', value('axios'), /speak to the store only/],
  ['components/Planted.tsx', value('iron-session'), /speak to the store only/],
  ['components/Planted.tsx', value('node:fs'), /speak to the store only/],
  // server → never anything that runs in a browser.
  ['server/planted.ts', value('../store/demo/hooks.ts'), /never imports what runs in a browser/],
  ['server/planted.ts', value('../components/shell/Account.tsx'), /never imports what runs in a browser/],
  ['server/planted.ts', value('../interceptors/reauth.ts'), /never imports what runs in a browser/],
  ['server/planted.ts', value('../upstream/options.ts'), /never imports what runs in a browser/],
  [
    'server/deep/er/planted.ts',
    value('../../../store/demo/hooks.ts'),
    /never imports what runs in a browser/,
  ],
  ['server/planted.ts', value('react'), /never imports what runs in a browser/],
  ['server/planted.ts', value('axios'), /never imports what runs in a browser/],
  ['server/planted.ts', value('@reduxjs/toolkit'), /never imports what runs in a browser/],
  // upstream imports nothing of ours.
  ['upstream/planted.ts', value('../server/clock.ts'), /imports nothing of ours/],
  ['upstream/planted.ts', value('../contract/hint.ts'), /imports nothing of ours/],
  ['upstream/planted.ts', value('iron-session'), /node only/],
  // pages → components, store, and server inside getServerSideProps only; API routes → server, contract.
  ['pages/planted.tsx', value('../services/user.ts'), /compose components/],
  ['pages/planted.tsx', value('../interceptors/reauth.ts'), /compose components/],
  ['pages/planted.tsx', value('../server/composeServer.ts'), /getServerSideProps; no more/],
  [
    'pages/planted.tsx',
    "export { sharedReseal } from '../server/composeServer.ts';\n",
    /getServerSideProps; no more/,
  ],
  ['pages/api/planted.ts', value('../../store/demo/hooks.ts'), /API routes are thin/],
  ['pages/api/planted.ts', value('../../services/user.ts'), /API routes are thin/],
  // No circles, no barrels, no rooms for everything, no state of a module.
  ['server/clock.ts', value('./composeServer.ts'), /Dependency cycle/],
  ['server/http/index.ts', 'export const kept = 1;\n', /No barrels/],
  ['store/deep/index.tsx', 'export const kept = 1;\n', /No barrels/],
  ['server/utils/planted.ts', 'export const kept = 1;\n', /named for what is in it/],
  ['store/helpers/planted.ts', 'export const kept = 1;\n', /named for what is in it/],
  ['interceptors/common.ts', 'export const kept = 1;\n', /named for what is in it/],
  ['components/deep/utils.tsx', 'export const kept = 1;\n', /named for what is in it/],
  ['server/planted.ts', 'let count = 0;\nexport const next = () => (count += 1);\n', /No mutable state/],
  ['server/planted.ts', 'export let count = 0;\n', /No mutable state/],
  [
    'server/planted.ts',
    'const flights = new Map<string, number>();\nexport const size = () => flights.size;\n',
    /No mutable state/,
  ],
  ['store/planted.ts', 'export const seen = new Set<string>();\n', /No mutable state/],
  ['pages/planted.tsx', 'let count = 0;\nexport const next = () => (count += 1);\n', /No mutable state/],
  // Errors are recognised by their brand: each bundle has its own copy of a class.
  [
    'server/planted.ts',
    "import { ApiError } from './http/problem.ts';\nexport const is = (it: unknown) => it instanceof ApiError;\n",
    /own copy of a class/,
  ],
  [
    'server/deep/er/planted.ts',
    "import * as client from 'openid-client';\nexport const is = (it: unknown) => it instanceof client.ClientError;\n",
    /own copy of a class/,
  ],
  [
    'pages/api/planted.ts',
    "import { StoreUnreachable } from '../../server/store/contracts.ts';\nexport const is = (it: unknown) => it instanceof StoreUnreachable;\n",
    /own copy of a class/,
  ],
  // What is kept small, and silent.
  ['server/planted.ts', 'export const kept = 1;\n'.repeat(1) + '\n'.repeat(300), /too many lines/i],
  ['__tests__/planted.test.ts', '\n'.repeat(401), /too many lines/i],
  ['server/planted.ts', "console.log('x');\nexport {};\n", /Unexpected console/],
  [
    'server/planted.ts',
    "import { PROBLEMS } from '../contract/problem.ts';\nexport type Kept = typeof PROBLEMS;\n",
    /import type/,
  ],
];

const allowed: readonly Planted[] = [
  { at: 'server/planted.ts', text: 'export const is = (it: unknown) => it instanceof Error;\n' },
  { at: 'server/planted.ts', text: value('../contract/hint.ts') + "import 'node:crypto';\nimport 'zod';\n" },
  { at: 'interceptors/planted.ts', text: value('../contract/hint.ts') + "import 'axios';\n" },
  { at: 'services/planted.ts', text: value('../contract/hint.ts') + "import type {} from 'axios';\n" },
  { at: 'store/planted.ts', text: value('../contract/hint.ts') + "import '@reduxjs/toolkit';\n" },
  { at: 'store/connection.ts', text: value('../interceptors/reauth.ts') + "import 'axios';\n" },
  { at: 'store/demo/planted.ts', text: value('./hooks.ts') },
  { at: 'react/planted.ts', text: value('../store/browserHalf.ts') + "import 'react';\n" },
  { at: 'components/Planted.tsx', text: value('../store/demo/hooks.ts') + "import 'react';\n" },
  { at: 'pages/api/planted.ts', text: value('../../server/clock.ts') },
  {
    at: 'pages/planted.tsx',
    text: "export { guardedProps as getServerSideProps } from '../server/adapters/pageProps.ts';\n",
  },
  { at: 'pages/index.tsx', text: 'export const kept = 1;\n' },
  {
    at: 'server/planted.ts',
    text: "const KNOWN = new Set(['a']);\nexport const isKnown = (it: string) => KNOWN.has(it);\n",
  },
];

let found: readonly (readonly Message[])[];
beforeAll(() => {
  found = lint([...violations.map(([at, text]) => ({ at, text })), ...allowed]);
}, 120_000);

test.each(violations.map((violation, index) => [index, ...violation] as const))(
  'violation %i is rejected with its reason: %s %j',
  (index, _at, _text, reason) => {
    expect(found[index]?.map(({ message }) => message).join('\n')).toMatch(reason);
  },
);

test.each(allowed.map(({ at, text }, index) => [at, text, violations.length + index] as const))(
  'what the law allows is let be: %s %j',
  (_at, _text, index) => expect(found[index]).toEqual([]),
);
