import { readFileSync } from 'node:fs';

/** Lets nothing outlive this process, however it ends: not the apps, which lead groups of their own, nor a Redis. */
export function leaveNobody(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  process.once('exit', () => {
    for (const pid of children()) for (const target of [-pid, pid]) killed(target);
  });
}

function children(): number[] {
  try {
    const list = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8');
    return list.trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** A process, or with a minus its group; some lead none, some are gone. */
function killed(target: number): void {
  try {
    process.kill(target, 'SIGKILL');
  } catch {
    // no one there
  }
}
