import Fastify from 'fastify';
import { createAccessTokens, type SigningKeys } from './accessTokens.ts';
import { openAttachmentFiles } from './attachmentFiles.ts';
import { attachmentRoutes } from './attachments.ts';
import { authRoutes, refuseWhileDown } from './auth.ts';
import { guardEvenExpired, guardWithFaults } from './bearer.ts';
import { type Context, createPause } from './context.ts';
import { openDatabase, secretOf } from './database.ts';
import { echoRoutes } from './echo.ts';
import { eventRoutes } from './events.ts';
import { createFaultBox } from './faults.ts';
import { labRoutes } from './lab.ts';
import { NAIVE_ACCOUNT, runNaiveBurst } from './naiveBurst.ts';
import { createNoteStore } from './noteStore.ts';
import { noteRoutes } from './notes.ts';
import { createOpenidKeys, openidRoutes } from './openid.ts';
import {
  applySettings,
  type OptionsPatch,
  sampleAccounts,
  settingsFrom,
  type UpstreamOptions,
} from './options.ts';
import { answerFailuresAsJson } from './refusals.ts';
import { createStats, type UpstreamStats } from './stats.ts';
import { createTokens } from './tokens.ts';
import { createUsers } from './users.ts';

const ATTACHMENT_LIMIT_BYTES = 256 * 1024 * 1024;

/** A running service. */
export interface Upstream {
  /** Where it answers, without a slash at the end. */
  readonly url: string;
  /** Stops at once: open streams and calls that hang are cut. May be called twice. */
  close(): Promise<void>;
  /** What it saw so far. */
  stats(): UpstreamStats;
  /** Refuses the access tokens that are out, of one person or family or of all; refresh tokens stay good. */
  expireAccessTokens(whose?: { readonly userId?: string; readonly sessionFamily?: string }): void;
  /** Ends every session of a person: access and refresh tokens are refused from now on. */
  revoke(userId: string): void;
  /** Answers every call for login, refresh and logout with 503, until `issuerUp()`; the API goes on. */
  issuerDown(): void;
  issuerUp(): void;
  /** Changes settings, faults and hooks from the next call on. */
  setOptions(patch: OptionsPatch): void;
  /** Goes back to the options it was started with and counts from zero; what is stored stays. */
  reset(): void;
}

/**
 * Starts a backend with its own token issuer: rotation, strict reuse detection, and faults to order.
 *
 * @see RFC 9700 §4.14.2 for rotation and reuse
 */
export async function createUpstream(options: UpstreamOptions = {}): Promise<Upstream> {
  const { database: path = ':memory:', host = '127.0.0.1', port = 0, openid: client } = options;
  const limitBytes = options.attachmentLimitBytes ?? ATTACHMENT_LIMIT_BYTES;
  const closing = new AbortController();
  let url = '';
  const keys = client && createOpenidKeys(client, () => url);
  const { context, controls } = createContext(options, closing.signal, keys);
  const { database, users } = context;
  const store = createNoteStore({ database, now: context.now });
  const files = openAttachmentFiles(path, limitBytes);
  const app = serveRoutes(context, { store, files, limitBytes });
  if (client && keys) app.register(async (scope) => openidRoutes(scope, context, { client, keys }));
  if (options.lab) serveLab(app, context, controls);

  let closed: Promise<void> | undefined;
  const close = async () => {
    closing.abort();
    await app.close();
    await files.close();
    database.close();
  };
  try {
    await Promise.all([users.seed(options.users ?? sampleAccounts), files.keepOnly(store.files())]);
    url = await app.listen({ host, port });
    return { url, close: () => (closed ??= close()), ...controls };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Makes what the routes share, and the controls that change it while the service runs. */
function createContext(options: UpstreamOptions, closing: AbortSignal, openidKeys?: SigningKeys) {
  const { database: path = ':memory:', now = Date.now } = options;
  const database = openDatabase(path, now);
  const settings = settingsFrom(options);
  const faults = createFaultBox(options.seed ?? 1);
  const stats = createStats();
  const users = createUsers(database);
  const tokens = createTokens({ database, settings, stats, now, secret: secretOf(database, 'successor') });
  const secret = secretOf(database, 'signing');
  const ownKeys = { alg: 'HS256', sign: secret, verify: secret, issuer: () => 'reseal-upstream' } as const;
  const accessTokens = createAccessTokens({ settings, tokens, now, keys: openidKeys ?? ownKeys });
  let hooks = options.hooks ?? {};
  let isIssuerDown = false;
  const context: Context = {
    database,
    settings,
    faults,
    stats,
    users,
    tokens,
    accessTokens,
    now,
    isIssuerDown: () => isIssuerDown,
    hooks: () => hooks,
    pause: createPause(closing),
  };

  const setOptions = (patch: OptionsPatch) => {
    applySettings(settings, patch);
    if (patch.faults) faults.set(patch.faults);
    if (patch.hooks) hooks = patch.hooks;
  };
  const reset = () => {
    stats.reset();
    faults.clear();
    isIssuerDown = false;
    hooks = options.hooks ?? {};
    setOptions({ ...settingsFrom(options), faults: options.faults ?? {} });
  };
  reset();
  const controls: Omit<Upstream, 'url' | 'close'> = {
    stats: () => stats.read(),
    expireAccessTokens: (whose = {}) => tokens.expireAccess(whose),
    revoke: (userId) => void stats.count('revocations', tokens.endAll(userId)),
    issuerDown: () => void (isIssuerDown = true),
    issuerUp: () => void (isIssuerDown = false),
    setOptions,
    reset,
  };
  return { context, controls };
}

interface Kept {
  readonly store: ReturnType<typeof createNoteStore>;
  readonly files: ReturnType<typeof openAttachmentFiles>;
  readonly limitBytes: number;
}

/** The routes that every upstream has; the lab's are added where it is on. */
function serveRoutes(context: Context, { store, files, limitBytes }: Kept) {
  const app = Fastify({
    forceCloseConnections: true,
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
  });
  answerFailuresAsJson(app);
  app.register(async (scope) => {
    refuseWhileDown(scope, context);
    authRoutes(scope, context);
  });
  app.register(async (scope) => {
    guardWithFaults(scope, context);
    scope.get('/me', async ({ caller }) => context.users.find(caller.userId));
    noteRoutes(scope, store, files);
    eventRoutes(scope, context, store);
    scope.register((child) => attachmentRoutes(child, { store, files, limitBytes }));
    scope.register(async (child) => echoRoutes(child, context));
  });
  return app;
}

/** Serves the controls of the lab page, which must work while what they break is broken. */
function serveLab(
  app: ReturnType<typeof serveRoutes>,
  context: Context,
  { setOptions, reset }: Pick<Upstream, 'setOptions' | 'reset'>,
): void {
  const { settings, faults } = context;
  app.register(async (scope) => {
    guardEvenExpired(scope, context);
    labRoutes(scope, context, {
      apply: ({ settings: patch = {}, faults: rules = {} }) => setOptions({ ...patch, faults: rules }),
      reset,
      runNaive: (burst) =>
        runNaiveBurst(burst, () =>
          createUpstream({ ...settings, faults: { ...faults.read(), login: [] }, users: [NAIVE_ACCOUNT] }),
        ),
    });
  });
}
