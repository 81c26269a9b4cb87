import type { FastifyInstance } from 'fastify';
import type { Context } from './context.ts';
import { type Faults, faultKinds, type FaultScope } from './faults.ts';
import type { NaiveOrder, NaiveRun } from './naiveBurst.ts';
import type { SettingsPatch } from './options.ts';

interface LabPatch {
  readonly settings?: SettingsPatch;
  readonly faults?: Faults;
}

const number = (minimum: number, maximum: number) => ({ type: 'number', minimum, maximum });
const closed = (properties: object) => ({ type: 'object', additionalProperties: false, properties });

const faultRules = (scope: FaultScope) => ({
  type: 'array',
  maxItems: 100,
  items: {
    ...closed({
      kind: { enum: faultKinds[scope] },
      times: { type: 'integer', minimum: 0, nullable: true },
      probability: number(0, 1),
      retryAfterSeconds: number(0, 86_400),
      delayMs: number(0, 600_000),
      ...(scope === 'refresh' && { rotates: { type: 'boolean' } }),
    }),
    required: ['kind'],
  },
});

const labPatch = {
  body: closed({
    settings: closed({
      accessTtlSeconds: number(0.05, 86_400),
      refreshTtlSeconds: number(1, 31_536_000),
      rotate: { type: 'boolean' },
      reuse: { enum: ['revoke', 'leeway'] },
      reuseLeewaySeconds: number(0, 3600),
      accessTokenPadBytes: { type: 'integer', minimum: 0, maximum: 16_384 },
      eventsIntervalMs: number(50, 600_000),
      latencyMs: closed({ login: number(0, 60_000), refresh: number(0, 60_000), api: number(0, 60_000) }),
    }),
    faults: closed({
      login: faultRules('login'),
      refresh: faultRules('refresh'),
      logout: faultRules('logout'),
      api: faultRules('api'),
    }),
  }),
};

type Burst = Pick<NaiveOrder, 'method' | 'path' | 'count'>;

const burst = {
  body: {
    ...closed({
      method: { enum: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] },
      path: { type: 'string', pattern: '^/(?!lab|auth)', maxLength: 1000 },
      count: { type: 'integer', minimum: 1, maximum: 1000 },
    }),
    required: ['method', 'path', 'count'],
  },
};

export interface LabControls {
  readonly apply: (patch: LabPatch) => void;
  readonly reset: () => void;
  /** Sends the burst through a naive interceptor, to a second backend that behaves like this one. */
  readonly runNaive: (burst: Burst) => Promise<NaiveRun>;
}

/** Serves the controls of the lab page. They ignore faults and latency: every setting must be reversible. */
export function labRoutes(
  app: FastifyInstance,
  context: Context,
  { apply, reset, runNaive }: LabControls,
): void {
  const { settings, faults, stats, tokens } = context;
  const describe = () => {
    // Whole counts only: a browser gets no hashes of tokens.
    return { settings, faults: faults.read(), stats: { ...stats.read(), presentations: undefined } };
  };

  app.get('/lab', async () => describe());

  app.patch<{ Body: LabPatch }>('/lab', { schema: labPatch }, async ({ body }) => {
    apply(body);
    return describe();
  });

  app.post('/lab/expire', async ({ caller }, reply) => {
    tokens.expireAccess({ userId: caller.userId });
    return reply.code(204).send();
  });

  app.post('/lab/reset', async () => {
    reset();
    return describe();
  });

  app.post<{ Body: Burst }>('/lab/naive', { schema: burst }, async ({ body }) => runNaive(body));
}
