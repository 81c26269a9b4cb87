/** Next calls this once, when a server starts, before its first request. */
export async function register(): Promise<void> {
  const isServer = process.env.NEXT_RUNTIME === 'nodejs' && process.env.NODE_ENV === 'production';
  if (!isServer || process.env['NEXT_PHASE'] === 'phase-production-build') return;
  const { hasFrontDoor, startUp } = await import('./server/ops/startup.ts');
  if (!hasFrontDoor()) startUp();
}
