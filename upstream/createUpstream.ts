import Fastify from 'fastify';
import { createAccessTokens } from './accessTokens.ts';
import { openAttachmentFiles } from './attachmentFiles.ts';
import { attachmentRoutes } from './attachments.ts';
import { authRoutes } from './auth.ts';
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
  const { database: path = ':memory:', now = Date.now, host = '127.0.0.1', port = 0 } = options;
  const limitBytes = options.attachmentLimitBytes ?? ATTACHMENT_LIMIT_BYTES;
  const closing = new AbortController();
  const database = openDatabase(path, now);
  const settings = settingsFrom(options);
  const faults = createFaultBox(options.seed ?? 1);
  const stats = createStats();
  const users = createUsers(database);
  const tokens = createTokens({
    database,
    settings,
    stats,
    now,
    secret: secretOf(database, 'successor'),
  });
  const accessTokens = createAccessTokens({ settings, tokens, now, key: secretOf(database, 'signing') });
  const store = createNoteStore({ database, now });
  const files = openAttachmentFiles(path, limitBytes);
  let hooks = options.hooks ?? {};
  const context: Context = {
    database,
    settings,
    faults,
    stats,
    users,
    tokens,
    accessTokens,
    now,
    hooks: () => hooks,
    pause: createPause(closing.signal),
  };

  const setOptions = (patch: OptionsPatch) => {
    applySettings(settings, patch);
    if (patch.faults) faults.set(patch.faults);
    if (patch.hooks) hooks = patch.hooks;
  };
  const reset = () => {
    stats.reset();
    faults.clear();
    hooks = options.hooks ?? {};
    setOptions({ ...settingsFrom(options), faults: options.faults ?? {} });
  };
  reset();

  const app = serveRoutes(context, { store, files, limitBytes });
  if (options.lab) {
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

  let closed: Promise<void> | undefined;
  const close = async () => {
    closing.abort();
    await app.close();
    await files.close();
    database.close();
  };
  try {
    await Promise.all([users.seed(options.users ?? sampleAccounts), files.keepOnly(store.files())]);
    const url = await app.listen({ host, port });
    return {
      url,
      close: () => (closed ??= close()),
      stats: () => stats.read(),
      expireAccessTokens: (whose = {}) => tokens.expireAccess(whose),
      setOptions,
      reset,
    };
  } catch (error) {
    await close();
    throw error;
  }
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
  authRoutes(app, context);
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
