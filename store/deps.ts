import type { SessionInfo } from '../contract/user.ts';
import type { Hint } from '../contract/hint.ts';
import type { LabService } from '../services/lab.ts';
import type { NotesService } from '../services/notes.ts';
import type { UserService } from '../services/user.ts';

/** What the store wants of the reauth engine. */
export interface ReauthControls {
  /** Joins the running refresh or starts one. */
  refresh(): Promise<unknown>;
  /** Aborts this page's own refresh, takes the lock of all tabs, then works. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
  loggedIn(session: SessionInfo): void;
  loggedOut(): void;
}

/** What the store wants of the page it runs in; never a wall clock, which may be wrong or jump. */
export interface PageSurroundings {
  /** Milliseconds on a clock that only goes forward. */
  now(): number;
  isVisible(): boolean;
  readHint(): Hint | null;
}

/** What thunks, endpoints and listeners are given: services, engine, page. Nothing of it is state. */
export interface Deps {
  readonly user: UserService;
  readonly notes: NotesService;
  readonly lab: LabService;
  readonly reauth: ReauthControls;
  readonly page: PageSurroundings;
}
