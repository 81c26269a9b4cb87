import { parseSetCookie } from 'cookie';
import { parseHint, type Hint } from '../../contract/hint.ts';
import type { SharedNote } from '../../interceptors/browser/cooldown.ts';
import type { TabLock } from '../../interceptors/tabLock.ts';
import type { Process, VirtualTime } from './time.ts';

/** How long the engine waits for the lock before it works without (its default). */
const LOCK_MS = 5000;
/** From here on the engine may have given it back: 30 s after the call, of which some were spent waiting for it. */
const HELD_MS = 30_000 - LOCK_MS;

interface Waiter {
  readonly process: Process;
  readonly sinceMs: number;
  readonly start: () => void;
}

/** What all tabs of one person share: the cookie jar, the locks, the storage. */
export class Browser {
  readonly name: string;
  private readonly jar = new Map<string, string>();
  private readonly lookers = new Map<Process, () => void>();
  private readonly notes = new Map<string, string>();
  private readonly waiting: Waiter[] = [];
  private holder: Process | null = null;
  private readonly time: VirtualTime;
  readonly hasLocks: boolean;
  private readonly hasCookieEvents: boolean;
  /** Whether a page gave up waiting for the lock, or had to give it back, and worked without. */
  isLockOutwaited = false;
  /** Whether a client refreshed without the lock. */
  isForced = false;
  /** The session whose login this jar took last; null after a logout. */
  expected: string | null = null;
  /** The newest version of each session that the jar ever held: what a late older answer takes it back from. */
  readonly newestHeld = new Map<string, number>();

  constructor(name: string, parts: { time: VirtualTime; hasLocks: boolean; hasCookieEvents: boolean }) {
    this.name = name;
    this.time = parts.time;
    this.hasLocks = parts.hasLocks;
    this.hasCookieEvents = parts.hasCookieEvents;
  }

  get cookie(): string {
    return [...this.jar].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  get hint(): Hint | null {
    return parseHint(this.cookie);
  }

  /** Takes the cookies of an answer; pages hear of a hint that moved. */
  take(setCookies: readonly string[]): void {
    const before = this.jar.get('reseal_hint');
    for (const line of setCookies) {
      const { name, value = '', maxAge } = parseSetCookie(line);
      if (maxAge === 0 || value === '') this.jar.delete(name);
      else this.jar.set(name, value);
    }
    const { hint } = this;
    if (hint) this.newestHeld.set(hint.id, Math.max(hint.version, this.newestHeld.get(hint.id) ?? 0));
    if (!this.hasCookieEvents || before === this.jar.get('reseal_hint')) return;
    for (const [process, look] of this.lookers) this.time.in(1, () => process.deliver(look));
  }

  /** Whether two answers that write cookies may have come in any order: see "Without Web Locks" in PROTOCOL. */
  get isUnordered(): boolean {
    const nowMs = this.time.nowMs;
    return (
      !this.hasLocks ||
      this.isForced ||
      this.isLockOutwaited ||
      this.waiting.some(({ sinceMs }) => nowMs - sinceMs >= LOCK_MS)
    );
  }

  /** Whether a late older answer took the jar back, or to another session. */
  hasGoneBack(id: string): boolean {
    const { hint } = this;
    return hint?.id !== id || hint.version < (this.newestHeld.get(id) ?? 0);
  }

  watch(process: Process, look: () => void): () => void {
    this.lookers.set(process, look);
    return () => void this.lookers.delete(process);
  }

  get storage(): SharedNote {
    return {
      getItem: (key) => this.notes.get(key) ?? null,
      setItem: (key, value) => void this.notes.set(key, value),
    };
  }

  /** Web Locks of one name, or an order within the page where the browser has none. */
  lockOf(process: Process): TabLock {
    let last: Promise<unknown> = Promise.resolve();
    if (!this.hasLocks) {
      return (work) => {
        const turn = last.then(work);
        last = turn.catch(() => undefined);
        return turn;
      };
    }
    process.onDeath(() => this.release(process));
    return (work) =>
      new Promise((resolve, reject) => {
        const start = () => {
          const sinceMs = this.time.nowMs;
          const held = work();
          held.then(resolve, reject);
          const over = () => {
            // Given back at the bound of its holder, whose call may still be under way.
            if (this.time.nowMs - sinceMs >= HELD_MS) this.isLockOutwaited = true;
            this.release(process);
          };
          held.then(over, over);
        };
        this.waiting.push({ process, sinceMs: this.time.nowMs, start });
        this.grant();
      });
  }

  private release(process: Process): void {
    if (this.holder === process) this.holder = null;
    this.grant();
  }

  private grant(): void {
    if (this.holder) return;
    const next = this.waiting.shift();
    if (!next) return;
    if (this.time.nowMs - next.sinceMs >= LOCK_MS) this.isLockOutwaited = true;
    if (!next.process.isAlive) return this.grant();
    this.holder = next.process;
    this.time.in(1, () => next.process.deliver(next.start));
  }
}
