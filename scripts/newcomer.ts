import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { install } from './examples.ts';

/**
 * `npm run newcomer [-- name…]`: does what a new user does with the README in hand, from `npm create …` to ten requests over an
 * expired token that cost one refresh, and measures it: seconds of the commands, files, lines.
 *
 * It takes the newest versions of the starters from the registry, so it is no part of CI. Reading and typing take a person
 * longer than the commands take: the lines tell how much there is to type.
 */
interface Walk {
  /** What `npm create` is called with. */
  readonly create: readonly string[];
  /** Packages beside the tarball. */
  readonly packages: readonly string[];
  /** Whether `npx reseal init` writes files. */
  readonly init: boolean;
  /** The server half that is left to write: path below the app, and text. */
  readonly server: Readonly<Record<string, string>>;
  /** A line to put into a file of the starter, behind the text that is named. */
  readonly insert?: readonly [file: string, behind: string, line: string];
  /** Pages: path below the app, and the example that they are taken from. */
  readonly pages: Readonly<Record<string, string>>;
  readonly build: readonly string[];
  readonly start: readonly string[];
}

const NEXT_CONFIG = [
  'next.config.ts',
  'NextConfig = {',
  "  serverExternalPackages: ['reseal/server'],",
] as const;
const VITE = ['vite@latest', 'shop', '--', '--template', 'vanilla-ts', '--no-interactive'];
const NEXT = ['next-app@latest', 'shop', '--', '--yes', '--disable-git'];

const WALKS: Readonly<Record<string, Walk>> = {
  'app-router': {
    create: NEXT,
    packages: ['axios'],
    init: true,
    server: {},
    insert: NEXT_CONFIG,
    pages: { 'app/page.tsx': 'init/app/page.tsx', 'app/layout.tsx': 'init/app/layout.tsx' },
    build: ['next', 'build'],
    start: ['next', 'start'],
  },
  'pages-router': {
    create: [...NEXT, '--no-app'],
    packages: ['axios'],
    init: true,
    server: {},
    insert: NEXT_CONFIG,
    pages: { 'pages/index.tsx': 'init/app/page.tsx' },
    build: ['next', 'build'],
    start: ['next', 'start'],
  },
  'express-vite': {
    create: VITE,
    packages: ['axios', 'express'],
    init: true,
    server: {
      'server.ts': `import express from 'express';
import { reseal } from './src/reseal.ts';

const app = express();
app.use(reseal.middleware);
app.use(express.static('dist'));
app.listen(Number(process.env['PORT'] ?? 3000));
`,
    },
    pages: { 'src/main.ts': 'express-vite/src/main.ts', 'index.html': 'express-vite/index.html' },
    build: ['vite', 'build'],
    start: ['node', '--env-file=.env', 'server.ts'],
  },
  hono: {
    create: VITE,
    packages: ['axios', 'hono', '@hono/node-server'],
    init: true,
    server: {
      'server.ts': `import { serve } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import { reseal } from './src/reseal.ts';

const app = new Hono();
app.all('/api/*', (c) => reseal.fetch(c.req.raw, { remoteAddress: getConnInfo(c).remote.address }));
app.use(serveStatic({ root: 'dist' }));
serve({ fetch: app.fetch, port: Number(process.env['PORT'] ?? 3000) });
`,
    },
    pages: { 'src/main.ts': 'hono/src/main.ts', 'index.html': 'hono/index.html' },
    build: ['vite', 'build'],
    start: ['node', '--env-file=.env', 'server.ts'],
  },
  'engine-only': {
    create: VITE,
    packages: ['axios', 'express'],
    init: false,
    // The backend is the user's own, and there before.
    server: {},
    pages: {
      'src/main.ts': 'engine-only/src/main.ts',
      'src/session.ts': 'engine-only/src/session.ts',
      'index.html': 'engine-only/index.html',
      'backend.ts': 'engine-only/backend.ts',
    },
    build: ['vite', 'build'],
    start: ['node', 'backend.ts'],
  },
};

const amount = (files: number, lines: number) =>
  `${files} ${files === 1 ? 'file' : 'files'}, ${lines} ${lines === 1 ? 'line' : 'lines'}`;
const count = (text: string) =>
  text.split('\n').filter((line) => !/^\s*(\/\/.*|\/?\*.*)?$/.test(line)).length;

/** Writes what `init` leaves to a person. */
function writeWhatIsLeft(app: string, { server, insert, pages }: Walk): void {
  for (const [file, text] of Object.entries(server)) writeFileSync(join(app, file), text);
  if (insert) {
    const [file, behind, line] = insert;
    const text = readFileSync(join(app, file), 'utf8');
    writeFileSync(join(app, file), text.replace(behind, `${behind}\n${line}`));
  }
  const variables = join(app, '.env');
  if (existsSync(variables)) {
    // The tests name the real backend; an empty value in the file would be none of theirs.
    const text = readFileSync(variables, 'utf8');
    writeFileSync(variables, text.replace(/^UPSTREAM_PATHS=$/m, 'UPSTREAM_PATHS=/notes'));
  }
  for (const [file, from] of Object.entries(pages)) cpSync(join('examples', from), join(app, file));
}

/** Walks one way, in a folder of its own beside the installed examples; answers a row of the table. */
function walk(name: string, way: Walk, base: string) {
  const { create, packages, init, server, insert, build, start } = way;
  const folder = mkdtempSync(join(base, `${name}-`));
  const app = join(folder, 'shop');
  const tarball = join(base, '.reseal', readdirSync(join(base, '.reseal'))[0] ?? '');
  const env = {
    ...process.env,
    NEXT_TELEMETRY_DISABLED: '1',
    NODE_OPTIONS: '',
    PATH: [join(app, 'node_modules/.bin'), process.env['PATH']].join(delimiter),
  };
  const run = (command: string, args: readonly string[], cwd = app) => {
    const { status, stdout, stderr } = spawnSync(command, args, {
      cwd,
      env,
      encoding: 'utf8',
      timeout: 300_000,
    });
    if (status !== 0) throw new Error(`${name}: ${command} ${args.join(' ')}\n${stdout}${stderr}`);
  };
  const beganAtMs = performance.now();
  run('npm', ['create', '--yes', ...create], folder);
  const createdAtMs = performance.now();
  const isThere = new Set(readdirSync(app, { recursive: true, encoding: 'utf8' }));
  run('npm', ['install', '--no-audit', '--no-fund', tarball, ...packages]);
  if (init) run('reseal', ['init']);
  const written = readdirSync(app, { recursive: true, encoding: 'utf8' }).filter(
    (file) => /^(?!node_modules).*\.tsx?$/.test(file) && !isThere.has(file),
  );
  const ofInit = written.filter((file) => !file.includes('resealClient'));
  writeWhatIsLeft(app, way);
  const buildAtMs = performance.now();
  run(build[0] ?? '', build.slice(1));
  const builtAtMs = performance.now();
  const drive = `import { twoPeople } from ${JSON.stringify(join(base, 'examples/twoPeople.ts'))};
await twoPeople(${JSON.stringify(start)}, ${init ? '{ SESSION_PASSWORD: undefined, UPSTREAM_PATHS: "/notes" }' : '{}'});\n`;
  writeFileSync(join(folder, 'drive.mts'), drive);
  run('node', [join(folder, 'drive.mts')]);
  const seconds = (fromMs: number, toMs: number) => ((toMs - fromMs) / 1000).toFixed(0);
  const texts = [...Object.values(server), ...(insert ? [insert[2]] : [])];
  const initLines = ofInit.reduce((sum, file) => sum + count(readFileSync(join(app, file), 'utf8')), 0);
  const version = (JSON.parse(readFileSync(join(app, 'package.json'), 'utf8')) as Manifest).dependencies;
  return [
    `\`${name}\``,
    `npm create ${create[0]}${version?.['next'] ? ` (next ${version['next']})` : ''}`,
    seconds(beganAtMs, createdAtMs),
    seconds(createdAtMs, buildAtMs),
    seconds(buildAtMs, builtAtMs),
    init ? amount(ofInit.length, initLines) : '–',
    amount(
      texts.length,
      texts.reduce((sum, text) => sum + count(text), 0),
    ),
  ];
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
}

const HEAD = [
  [
    'example',
    'starter',
    'create, s',
    'install and init, s',
    'build, s',
    'server half: init writes',
    'server half: typed',
  ],
  Array.from({ length: 7 }, () => '---'),
];

const named = process.argv.slice(2);
const base = mkdtempSync(join(tmpdir(), 'reseal-newcomer-'));
let failed = 0;
try {
  install(base);
  const rows = [...HEAD];
  for (const [name, way] of Object.entries(WALKS)) {
    if (named.length > 0 && !named.includes(name)) continue;
    try {
      rows.push(walk(name, way, base));
      console.log(`${name}: ten parallel expiries cost one refresh, three times; both people stay logged in`);
    } catch (error) {
      failed += 1;
      console.error(error instanceof Error ? error.message : error);
    }
  }
  console.log(rows.map((row) => `| ${row.join(' | ')} |`).join('\n'));
} finally {
  rmSync(base, { recursive: true, force: true });
}
process.exitCode = failed > 0 ? 1 : 0;
