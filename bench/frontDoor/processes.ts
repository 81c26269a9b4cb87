import { fork, spawnSync, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** A process and all below it. */
export function processTree(pid: number): number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const own = threads.flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim().split(' ').filter(Boolean),
    );
    return [pid, ...own.flatMap((child) => processTree(Number(child)))];
  } catch {
    return [];
  }
}

/** CPU time of a process and all below it: proc(5) schedstat counts in ns, where stat counts in ticks of 10 ms. */
export function cpuUsOf(pid: number): number {
  const ns = processTree(pid).flatMap((one) => {
    try {
      return readdirSync(`/proc/${one}/task`).map((thread) =>
        Number(readFileSync(`/proc/${one}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
      );
    } catch {
      return [];
    }
  });
  return ns.reduce((sum, one) => sum + one, 0) / 1000;
}

/** Resident bytes of a process and all below it; what they share counts for each. */
export function residentBytesOf(pid: number): number {
  const kilobytes = processTree(pid).map((one) => {
    try {
      return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${one}/status`, 'utf8'))?.[1]);
    } catch {
      return 0;
    }
  });
  return 1024 * kilobytes.reduce((sum, one) => sum + one, 0);
}

/** Lets a process, and what it starts from now on, run on one core alone. */
export function pin(pid: number, core: number): void {
  for (const one of processTree(pid))
    spawnSync('taskset', ['-acp', String(core), String(one)], { stdio: 'ignore' });
}

const children = new Set<ChildProcess>();
process.once('exit', () => children.forEach((child) => child.kill('SIGKILL')));

/** Forks a script that sends its address. */
export function forked(script: string, env: Readonly<Record<string, string>> = {}) {
  const child = fork(script, { env: { ...process.env, ...env } });
  children.add(child);
  return new Promise<{ url: string; pid: number }>((resolve) =>
    child.once('message', (url) => resolve({ url: String(url), pid: child.pid ?? 0 })),
  );
}
