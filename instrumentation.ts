import { hasFrontDoor } from './server/processWide.ts';

/** Next calls this once, when a server starts, before its first request. */
export async function register(): Promise<void> {
  const isServer = process.env.NEXT_RUNTIME === 'nodejs' && process.env.NODE_ENV === 'production';
  if (!isServer || process.env['NEXT_PHASE'] === 'phase-production-build') return;
  if (hasFrontDoor()) return;
  const { startUp } = await import('./server/ops/startup.ts');
  startUp();
}
