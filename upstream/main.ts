import { createUpstream } from './createUpstream.ts';

const { env } = process;

/** Reads a number from the environment; whatever is no number from `min` up stops the start. */
function numberFrom(name: string, otherwise: number, min = 0): number {
  const text = env[name];
  if (text === undefined || text === '') return otherwise;
  const value = Number(text);
  if (Number.isFinite(value) && value >= min) return value;
  throw new Error(`${name} must be a number from ${min} up.`);
}

async function start(): Promise<void> {
  const upstream = await createUpstream({
    host: env['UPSTREAM_HOST'] || '127.0.0.1',
    port: numberFrom('UPSTREAM_PORT', 4000),
    database: env['UPSTREAM_DATABASE'] || '.reseal/upstream.db',
    accessTtlSeconds: numberFrom('UPSTREAM_ACCESS_TTL_SECONDS', 10, 0.05),
    refreshTtlSeconds: numberFrom('UPSTREAM_REFRESH_TTL_SECONDS', 30 * 86_400, 1),
    lab: env['UPSTREAM_LAB'] !== '0',
  });
  console.log(`Upstream: ${upstream.url} (ada / lovelace, grace / hopper)`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void upstream.close());
  }
}

start().catch((error: unknown) => {
  console.error(`Upstream did not start: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
