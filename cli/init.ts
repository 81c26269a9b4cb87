import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseEnv } from 'node:util';
import { detect, DOORS, type App } from './detect.ts';
import { clientFile, routeOfAppRouter, routeOfPagesRouter, serverFile } from './templates.ts';

export interface InitOptions {
  /** A name of `DOORS`, where the app is not to be asked for it. */
  readonly door?: string | undefined;
  /** Whether nothing is written. */
  readonly dryRun?: boolean | undefined;
}

/**
 * Writes what an app needs for Reseal: a file with the server, the catch-all route, the browser half, and lines of
 * `.env`. A file or a variable that is there is left as it is, so that a second run changes nothing.
 *
 * @returns what was done and what is left to do, in lines for people
 * @throws {InitError} as `detect` does
 */
export function init(folder: string, { door, dryRun = false }: InitOptions = {}): readonly string[] {
  const app = detect(folder, door);
  const written = [...filesOf(app)].map(([path, text]) =>
    path.includes('[') && rivalOf(app) !== undefined
      ? `  left out   ${path} (${rivalOf(app)} is there)`
      : writeOnce(join(folder, path), path, text, dryRun),
  );
  const environment = app.door === 'client' ? [] : [addVariables(folder, dryRun)];
  const left = leftToDo(app).map((line, at) => `  ${at + 1}. ${line}`);
  return [
    `${DOORS[app.door]}, ${app.typescript ? 'TypeScript' : 'JavaScript'}${dryRun ? ' (dry run: nothing is written)' : ''}`,
    '',
    ...written,
    ...environment,
    '',
    'Left for you:',
    ...left,
  ];
}

const pathOf = ({ base }: App, file: string) => (base === '.' ? file : `${base}/${file}`);
const clientPath = (app: App) => pathOf(app, `resealClient.${app.typescript ? 'ts' : 'js'}`);
const serverPath = (app: App) =>
  pathOf(app, `reseal.${isNext(app) ? (app.typescript ? 'ts' : 'js') : app.nodeEnding}`);
const isNext = ({ door }: App) => door === 'app-router' || door === 'pages-router';

/** The files of a door, each by its path below the app's folder. */
function* filesOf(app: App): Generator<readonly [path: string, text: string]> {
  const ending = app.typescript ? 'ts' : 'js';
  if (app.door !== 'client') yield [serverPath(app), serverFile()];
  if (app.door === 'app-router')
    yield [pathOf(app, `app/api/[...reseal]/route.${ending}`), routeOfAppRouter()];
  if (app.door === 'pages-router')
    yield [pathOf(app, `pages/api/[...reseal].${ending}`), routeOfPagesRouter()];
  if (app.hasPages)
    yield [
      clientPath(app),
      clientFile({
        typescript: app.typescript,
        rendersOnServer: isNext(app),
        cookieName: variableOf(app.folder, 'COOKIE_NAME'),
      }),
    ];
}

/** What a variable is set to in the app's files; `undefined` where it is not, or empty. */
function variableOf(folder: string, name: string): string | undefined {
  const values = ['.env', '.env.local'].flatMap((file) => {
    const path = join(folder, file);
    return existsSync(path) ? [parseEnv(readFileSync(path, 'utf8'))[name]] : [];
  });
  return values.findLast((value) => value !== undefined && value !== '');
}

function writeOnce(path: string, shown: string, text: string, dryRun: boolean): string {
  if (existsSync(path)) {
    const isSame = readFileSync(path, 'utf8') === text;
    return `  there      ${shown}${isSame ? '' : ' (differs from what would be written; left as it is)'}`;
  }
  if (dryRun) return `  to write   ${shown}`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { flag: 'wx' });
  return `  written    ${shown}`;
}

/** The variables that production needs, with what they mean and the value to begin with. */
const VARIABLES = {
  UPSTREAM_URL: ['Where your backend is, such as https://api.example.com', () => ''],
  UPSTREAM_PATHS: ['Which of its paths the browser may call, such as /notes,/me', () => ''],
  SESSION_PASSWORD: ['Seals the cookie; keep it secret', () => randomBytes(32).toString('base64')],
  APP_URL: ['Where people reach this app', () => 'http://localhost:3000'],
} as const;

function addVariables(folder: string, dryRun: boolean): string {
  const path = join(folder, '.env');
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const isThere = (name: string) => new RegExp(`^\\s*(export\\s+)?${name}\\s*=`, 'm').test(before);
  const missing = Object.entries(VARIABLES).filter(([name]) => !isThere(name));
  if (missing.length === 0) return '  there      .env: every variable';
  const lines = missing.map(([name, [meaning, value]]) => `# ${meaning}\n${name}=${value()}\n`);
  const gap = before === '' || before.endsWith('\n') ? '' : '\n';
  // For the owner alone: it holds the password of every session.
  if (!dryRun) appendFileSync(path, gap + lines.join(''), { mode: 0o600 });
  return `  ${dryRun ? 'to add  ' : 'added   '}   .env: ${missing.map(([name]) => name).join(', ')}`;
}

/** The names below `/api` that are Reseal's. */
const OURS = /^(user|login|logout|callback|sessions|upstream|health|metrics|backchannel-logout)(\.[jt]sx?)?$/;

function leftToDo(app: App): readonly string[] {
  const missing = ['reseal', ...(app.hasPages ? ['axios'] : [])].filter((name) => !app.packages.has(name));
  return [
    ...(missing.length > 0 ? [`npm install ${missing.join(' ')}`] : []),
    ...(app.door === 'client' ? [] : leftOnServer(app)),
    ...(isNext(app) ? leftInNext(app) : []),
    ...leftInBrowser(app),
  ];
}

function leftOnServer(app: App): readonly string[] {
  const name = serverPath(app).split('/').at(-1);
  const mount = {
    express: [
      `In your server, before express.json(): import { reseal } from './${name}'; app.use(reseal.middleware);`,
    ],
    hono: [
      `In your server: import { reseal } from './${name}'; import { getConnInfo } from '@hono/node-server/conninfo'; ` +
        `app.all('/api/*', (c) => reseal.fetch(c.req.raw, { remoteAddress: getConnInfo(c).remote.address }));`,
    ],
  };
  return [
    'In .env set UPSTREAM_URL (your backend) and UPSTREAM_PATHS (its paths that the browser may call).',
    ...(isIgnored(app.folder) ? [] : ['Add .env to .gitignore: it holds SESSION_PASSWORD.']),
    ...(app.door === 'express' || app.door === 'hono' ? mount[app.door] : []),
    ...(isNext(app) ? [] : ['Start the server with the variables: node --env-file=.env …']),
  ];
}

/** What the app has below `/api` already. */
function apiOf({ folder, door, base }: App): readonly string[] {
  const api = join(folder, base, door === 'app-router' ? 'app/api' : 'pages/api');
  return existsSync(api) ? readdirSync(api) : [];
}

/** A dynamic route beside which Next does not take a catch-all, or does not call it. */
const rivalOf = (app: App) =>
  apiOf(app)
    .filter((name) => name.startsWith('[') && !name.startsWith('[...reseal]'))
    .map((name) => `api/${name}`)[0];

function leftInNext(app: App): readonly string[] {
  const { folder, isCommonJs } = app;
  const shadowing = apiOf(app).filter((name) => OURS.test(name));
  const rival = rivalOf(app);
  const config = readdirSync(folder).find((name) => /^next\.config\.\w+$/.test(name));
  const isExternal =
    config !== undefined && /['"]reseal\/server['"]/.test(readFileSync(join(folder, config), 'utf8'));
  return [
    ...(isExternal ? [] : [`In ${config ?? 'next.config.ts'}: serverExternalPackages: ['reseal/server'].`]),
    ...(shadowing.length > 0
      ? [
          `Rename your own ${shadowing.map((name) => `api/${name}`).join(', ')}: Next would call them in place of Reseal.`,
        ]
      : []),
    ...(rival === undefined
      ? []
      : [
          `Move your own ${rival} into a folder of its own, then run this command again: beside it Next does not call a catch-all.`,
        ]),
    ...(isCommonJs ? ['Remove "type": "commonjs" from package.json: Next refuses ES modules with it.'] : []),
  ];
}

function leftInBrowser(app: App): readonly string[] {
  if (!app.hasPages)
    return ['In the folder of your front end: npx reseal init --door client. It writes the browser half.'];
  return [
    `In your pages: import { http, login, logout, whoAmI } from ${clientPath(app)}. http.get('/notes') is /notes of your backend.`,
    ...(isNext(app)
      ? ['In a client component, useEffect: catchUp(session), with the session of reseal.getSession().']
      : []),
  ];
}

/** Asks git, which knows the files above; without a repository looks at the folder's own file. */
function isIgnored(folder: string): boolean {
  const { status } = spawnSync('git', ['check-ignore', '-q', '.env'], { cwd: folder });
  if (status === 0 || status === 1) return status === 0;
  const file = join(folder, '.gitignore');
  return existsSync(file) && /^\/?(\*?\.env|\.env\*|\.env\.\*)\s*$/m.test(readFileSync(file, 'utf8'));
}
