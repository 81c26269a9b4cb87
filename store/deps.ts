import type { SessionInfo } from '../contract/user.ts';
import type { Hint } from '../contract/hint.ts';
import type { LabService } from '../services/lab.ts';
import type { NotesService } from '../services/notes.ts';
import type { SessionsService } from '../services/sessions.ts';
import type { TabStorage } from '../services/tabStorage.ts';
import type { UserService } from '../services/user.ts';
import type { BurstOrder } from './demo/burst.ts';

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

/** An upload's file, which is no data that a store may hold, and the way to end it. */
export interface HeldUpload {
  readonly file: File;
  abort(): void;
}

/** What thunks, endpoints and listeners are given: services, engine, page. Nothing of it is state. */
export interface Deps {
  readonly user: UserService;
  readonly sessions: SessionsService;
  readonly notes: NotesService;
  readonly lab: LabService;
  readonly reauth: ReauthControls;
  /** Loads the client ahead of the first call; see createApp. */
  connect(): Promise<unknown>;
  readonly page: PageSurroundings;
  /** Where drafts outlive the page. */
  readonly tabStorage: TabStorage;
  /** Sends a burst together with the next lab page that is opened to take part. */
  inviteTab(order: BurstOrder): void;
  /** The newest upload to each note, by its id, for as long as it may be cancelled or sent again. */
  readonly uploads: Map<string, HeldUpload>;
}
