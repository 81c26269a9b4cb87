import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Browser } from '../../testing/browser.ts';
import {
  ensureBuild,
  productionEnvironment,
  startInstance,
  type Instance,
} from '../../testing/production.ts';
import { until } from '../../testing/until.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../support/scriptedUpstream.ts';

jest.setTimeout(300_000);

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${TRACE}-b7ad6b7169203331-01`;

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parent?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Each way to serve the app; the file of the image holds a copy of the API of its own. */
const doors = {
  'npm start': { command: ['scripts/start.ts'] },
  'the one file of the image': { command: ['start.js'], cwd: resolve('.next/standalone') },
  'next start': { command: ['node_modules/next/dist/bin/next', 'start'] },
};

let folder: string;
let upstream: ScriptedUpstream;
beforeAll(async () => {
  await ensureBuild();
  folder = mkdtempSync(join(tmpdir(), 'reseal-spans-'));
  upstream = await startScriptedUpstream();
});
afterAll(async () => {
  await upstream.close();
  rmSync(folder, { recursive: true });
});

describe.each(Object.entries(doors))('%s with a provider that NODE_OPTIONS imports', (name, door) => {
  let file: string;
  let server: Instance;
  let ada: Browser;

  beforeAll(async () => {
    file = join(folder, `${name.replaceAll(' ', '-')}.jsonl`);
    const provider = pathToFileURL(resolve('__tests__/support/spansToFile.ts')).href;
    const env = {
      ...productionEnvironment(upstream.url, 'http://127.0.0.1:3000'),
      NEXT_MANUAL_SIG_HANDLE: '1',
      NODE_OPTIONS: `--import=${provider}`,
      SPANS_FILE: file,
    };
    server = await startInstance(env, door);
    ada = new Browser(server.url);
    await ada.login();
  });
  afterAll(() => server?.stop());

  const spans = () =>
    (existsSync(file) ? readFileSync(file, 'utf8') : '')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Span)
      .filter(({ traceId }) => traceId === TRACE);
  async function spanOf(wanted: string): Promise<Span> {
    const find = () => spans().find((span) => span.name === wanted);
    await until(() => find() !== undefined, { what: wanted });
    return find()!;
  }
  /** The names of the spans above one. */
  function above({ parent }: Span): string[] {
    const found = spans().find(({ spanId }) => spanId === parent);
    return found ? [found.name, ...above(found)] : [];
  }

  test('writes the spans of a proxied call, and hands the trace on', async () => {
    let heard: string | undefined;
    upstream.answer('/me', (req) => {
      heard = req.headers['traceparent'] as string;
      return { status: 200, body: {} };
    });
    await ada.call('/api/upstream/me?secret=1', { headers: { traceparent } });
    const client = await spanOf('GET upstream');
    await spanOf('GET /api/upstream/<path>');
    expect(heard).toBe(`00-${TRACE}-${client.spanId}-01`);
    expect(above(client)).toContain('GET /api/upstream/<path>');
  });

  test('writes the spans of a refresh below the request that asked for it', async () => {
    expect((await ada.refresh(1, { headers: { traceparent } })).status).toBe(200);
    const call = await spanOf('POST issuer');
    await spanOf('POST /api/user');
    expect(above(call).slice(0, 2)).toEqual(['refresh', 'POST /api/user']);
    expect(call.attributes).toMatchObject({ 'url.path': '/auth/refresh', 'http.response.status_code': 200 });
  });
});
