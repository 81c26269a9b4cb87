import js from '@eslint/js';
import importX from 'eslint-plugin-import-x';
import jest from 'eslint-plugin-jest';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';
import { ownLines } from './scripts/lint/ownLines.ts';

const source = [
  'cli',
  'pages',
  'components',
  'react',
  'store',
  'services',
  'interceptors',
  'contract',
  'server',
  'upstream',
  'testkit',
  'scripts',
  'testing',
];
const rooms = [
  'pages',
  'components',
  'react',
  'store',
  'services',
  'interceptors',
  'contract',
  'server',
  'upstream',
  'testkit',
];

/** A zone: `target` may import, of all the folders, only itself and `may`. */
const room = (target, may, because) => ({
  target: `./${target}`,
  from: rooms.filter((name) => name !== target && !may.includes(name)).map((name) => `./${name}`),
  message: because,
});

const importRules = [
  room(
    'contract',
    [],
    'contract/ is the ground floor: it imports nothing, so both sides of the wire can stand on it.',
  ),
  room(
    'interceptors',
    ['contract'],
    'interceptors/ is copied into other apps: axios and contract/ only, nothing of Redux, React or Next.',
  ),
  room('services', ['contract'], 'services/ are promises in, data out: no Redux, no React, no interceptor.'),
  room(
    'store',
    ['contract', 'services'],
    'store/ orchestrates services; only store/connection.ts, browserHalf.ts and demo/stepUp.ts may also know the interceptor.',
  ),
  room(
    'react',
    ['store', 'contract'],
    'react/ shows what store/browserHalf.ts and the rules of store/ decide.',
  ),
  room('components', ['store', 'contract'], 'components/ dispatch actions and read selectors, nothing else.'),
  room('server', ['contract'], 'server/ never imports what runs in a browser.'),
  room('cli', [], 'cli/ writes files of other apps: it imports nothing of ours.'),
  room('upstream', [], 'upstream/ stands for a backend that we do not own: it imports nothing of ours.'),
  room(
    'testkit',
    ['contract', 'upstream'],
    'testkit/ reaches an app by HTTP alone, so that it works before every app.',
  ),
];

/** State at the top of a module is one state per module instance, and Next makes several: see server/composeServer.ts. */
const NO_MODULE_STATE = [
  {
    selector: ':matches(Program, ExportNamedDeclaration) > VariableDeclaration[kind!="const"]',
    message: 'No mutable state at the top of a module: make it inside a create… function.',
  },
  {
    selector:
      ':matches(Program, ExportNamedDeclaration) > VariableDeclaration > VariableDeclarator > :matches(NewExpression[callee.name=/^(Map|Set|WeakMap|WeakSet|LRUCache)$/][arguments.length=0], NewExpression[callee.name="LRUCache"])',
    message: 'No mutable state at the top of a module: make it inside a create… function.',
  },
];

/** A class is not the same in each of Next's bundles: `instanceof` of one of ours, or of a bundled package's, is false between them. */
const NO_CLASS_TESTS = [
  {
    selector:
      'BinaryExpression[operator="instanceof"]:not([right.name=/^(Error|URLSearchParams|URL|Uint8Array|Buffer|Readable)$/])',
    message: 'Recognise an error by kindOf() or its code: each bundle has its own copy of a class.',
  },
];

/** A page may have the server's props, and nothing else of the server: it would end in the browser's bundle. */
const SERVER_IN_PAGES = [
  {
    selector: 'ImportDeclaration[importKind!="type"][source.value=/\\/server\\//]',
    message: 'pages/ take types of server/, and re-export its props as getServerSideProps; no more.',
  },
  {
    selector:
      'ExportNamedDeclaration[source.value=/\\/server\\//] > ExportSpecifier[exported.name!="getServerSideProps"]',
    message: 'pages/ take types of server/, and re-export its props as getServerSideProps; no more.',
  },
];

/** How large a file, a function and a list of parameters may be (docs/decisions.md, 107). */
const SIZES = {
  'max-lines': ['error', { max: 300 }],
  'max-params': ['error', { max: 4 }],
  'reseal/own-lines': 'error',
};

/** Refuses a whole file for its name. */
const refuseFile = (files, message, ignores = []) => ({
  files,
  ignores,
  rules: { 'no-restricted-syntax': ['error', { selector: 'Program', message }] },
});

/** Packages a room must not import, with the reason. */
const noPackages = (folder, patterns, message, ignores = []) => ({
  files: [`${folder}/**/*.{ts,tsx}`],
  ignores,
  rules: { 'no-restricted-imports': ['error', { patterns: [{ group: patterns, message }] }] },
});

export default tseslint.config(
  {
    ignores: [
      'docs/site/.source/**',
      '**/node_modules/',
      '**/.next/',
      '.reseal/',
      'coverage/',
      // Apps of the peers, written as their documentation has it.
      'bench/peers/apps/**',
      'bench/app/**',
      '**/next-env.d.ts',
      'examples/*/dist/',
      'test-results/',
      'playwright-report/',
      // Other people's software, compiled and checked by its own rules.
      '__tests__/real/npm/**',
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    plugins: { 'import-x': importX, reseal: { rules: { 'own-lines': ownLines } } },
    settings: {
      'import-x/extensions': ['.ts', '.tsx', '.js'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts', '.tsx'] },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'off',
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'no-console': 'error',
    },
  },
  {
    files: source.map((folder) => `${folder}/**/*.{ts,tsx}`),
    rules: {
      ...SIZES,
      'import-x/no-restricted-paths': ['error', { zones: importRules }],
      'no-restricted-syntax': ['error', ...NO_MODULE_STATE],
    },
  },
  {
    files: ['server/**/*.ts', 'pages/api/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', ...NO_MODULE_STATE, ...NO_CLASS_TESTS] },
  },
  // A script is run once: its own top is where its state belongs.
  { files: ['scripts/**', 'testing/**'], rules: { 'no-restricted-syntax': 'off' } },
  {
    // A benchmark prints its tables, and reads lists that it filled itself.
    files: ['bench/**/*.ts'],
    rules: {
      ...SIZES,
      'no-console': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/no-invalid-void-type': 'off',
    },
  },
  // Apps of their own: `npm run test:examples` checks their types with the package installed.
  { files: ['examples/**/*.{ts,tsx}'], rules: SIZES },
  {
    // What puts axios, the interceptor and the session's calls together, and what may load it later.
    files: ['store/connection.ts', 'store/browserHalf.ts', 'store/demo/stepUp.ts'],
    rules: {
      'import-x/no-restricted-paths': [
        'error',
        {
          zones: [
            room(
              'store',
              ['contract', 'services', 'interceptors'],
              'The browser half puts axios, the interceptor and the services together, nothing else.',
            ),
          ],
        },
      ],
    },
  },
  {
    files: ['services/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { name: 'axios', allowTypeImports: true, message: 'services/ know axios types and the contract.' },
      ],
    },
  },
  noPackages('contract', ['*'], 'contract/ imports nothing.', []),
  noPackages(
    'interceptors',
    ['react*', 'react-redux', '@reduxjs/*', 'next', 'next/*', 'node:*'],
    'The engine knows axios and nothing else.',
  ),
  noPackages(
    'services',
    ['react*', 'react-redux', '@reduxjs/*', 'next', 'next/*', 'node:*'],
    'services/ know axios types and the contract.',
  ),
  noPackages('store', ['next', 'next/*', 'node:*', 'axios'], 'Only store/connection.ts knows axios.', [
    'store/connection.ts',
  ]),
  noPackages(
    'react',
    ['@reduxjs/*', 'react-redux', 'next', 'next/*', 'node:*', 'axios'],
    'react/ is for apps without Redux, and for every framework.',
  ),
  {
    // What an existing app takes must not bring this repository's own notes and lab along.
    files: ['store/*.ts', 'react/**'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { patterns: [{ group: ['**/demo/*'], message: 'The package ships no slice of the demo.' }] },
      ],
    },
  },
  noPackages(
    'components',
    [
      'axios',
      '@reduxjs/*',
      'node:*',
      'iron-session',
      'undici',
      'jose',
      'redis',
      'openid-client',
      'pino',
      'zod',
    ],
    'components/ speak to the store only.',
  ),
  noPackages(
    'server',
    ['react', 'react/*', 'react-dom', 'react-redux', '@reduxjs/*', 'axios'],
    'server/ never imports what runs in a browser.',
  ),
  noPackages(
    'testkit',
    ['jest', '@jest/*', 'vitest', '@playwright/*', 'next', 'next/*', 'react*', 'axios', 'iron-session'],
    'testkit/ imports no test runner and no framework: it works with every one.',
  ),
  {
    files: ['cli/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [{ regex: '^(?!node:|\\.)', message: 'cli/ runs before an app has installed anything.' }],
        },
      ],
    },
  },
  noPackages('upstream', ['next', 'next/*', 'react*', 'axios', 'iron-session'], 'upstream/ is node only.'),
  {
    files: ['pages/**/*.tsx'],
    rules: {
      'import-x/no-restricted-paths': [
        'error',
        {
          zones: [
            room(
              'pages',
              ['components', 'store', 'server', 'contract'],
              'pages/ compose components over the store; server/ inside getServerSideProps only.',
            ),
          ],
        },
      ],
    },
  },
  {
    files: ['pages/api/**/*.ts'],
    rules: {
      'import-x/no-restricted-paths': [
        'error',
        {
          zones: [room('pages', ['server', 'contract'], 'API routes are thin: server/ and contract/ only.')],
        },
      ],
    },
  },
  {
    files: ['pages/**/*.tsx'],
    ignores: ['pages/_document.tsx'],
    rules: { 'no-restricted-syntax': ['error', ...NO_MODULE_STATE, ...NO_CLASS_TESTS, ...SERVER_IN_PAGES] },
  },
  refuseFile(
    source.map((folder) => `${folder}/**/index.{ts,tsx}`),
    'No barrels: import the file that has the thing. Only interceptors/, react/, server/, store/ and testkit/ have a front door.',
    [
      'pages/**/index.tsx',
      'interceptors/index.ts',
      'react/index.ts',
      'server/index.ts',
      'store/index.ts',
      'testkit/index.ts',
    ],
  ),
  refuseFile(
    source.flatMap((folder) => [
      `${folder}/**/{util,utils,helper,helpers,common,shared,misc}/**`,
      `${folder}/**/{util,utils,helper,helpers,common,shared,misc}.{ts,tsx}`,
    ]),
    'A file is named for what is in it: no utils, helpers or common.',
  ),
  { files: ['**/*.tsx'], ...reactHooks.configs.flat.recommended },
  {
    files: ['scripts/**/*.ts', 'upstream/main.ts', 'testing/**', '__tests__/**'],
    rules: { 'no-console': 'off' },
  },
  // What tests start may assert, as tests may.
  { files: ['testing/**'], rules: { '@typescript-eslint/no-non-null-assertion': 'off' } },
  {
    files: ['__tests__/**/*.{ts,tsx}'],
    ...jest.configs['flat/recommended'],
    rules: {
      ...jest.configs['flat/recommended'].rules,
      'max-lines': ['error', { max: 400 }],
      'jest/expect-expect': 'off',
      // Support files hold suites that several test files run.
      'jest/no-export': 'off',
      'jest/no-standalone-expect': 'off',
      'jest/no-conditional-expect': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['__tests__/e2e/**'],
    rules: Object.fromEntries(
      Object.keys(jest.configs['flat/recommended'].rules).map((name) => [name, 'off']),
    ),
  },
  { files: ['*.js'], languageOptions: { globals: { process: 'readonly' } } },
);
