import type { BurstOrder, LabService } from '../../services/lab.ts';
import type { NotesService } from '../../services/notes.ts';
import type { SessionsService } from '../../services/sessions.ts';
import type { TabStorage } from '../../services/tabStorage.ts';
import type { PageSurroundings } from '../authParts.ts';
import type { StepUp } from './stepUp.ts';

/** An upload's file, which is no data that a store may hold, and the way to end it. */
export interface HeldUpload {
  readonly file: File;
  abort(): void;
}

/** What this app's thunks, endpoints and listeners are given: services and page. Nothing of it is state. */
export interface Deps {
  readonly sessions: SessionsService;
  readonly notes: NotesService;
  readonly lab: LabService;
  readonly stepUp: StepUp;
  readonly page: PageSurroundings;
  /** Where drafts outlive the page. */
  readonly tabStorage: TabStorage;
  /** Sends a burst together with the next lab page that is opened to take part. */
  inviteTab(order: BurstOrder): void;
  /** The newest upload to each note, by its id, for as long as it may be cancelled or sent again. */
  readonly uploads: Map<string, HeldUpload>;
}
