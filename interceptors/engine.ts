import type { Hint } from '../contract/hint.ts';
import type { Clock } from './clock.ts';
import type { Event, State } from './refreshMachine.ts';
import type { Outcome } from './outcome.ts';
import type { Emit } from './reauthEvents.ts';
import type { Limits, ReauthOptions } from './reauthOptions.ts';
import type { WaitingRoom } from './waitingRoom.ts';

/** What the parts of one engine share. */
export interface Engine {
  readonly options: ReauthOptions;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly room: WaitingRoom;
  /** Absent where nobody listens. */
  readonly emit: Emit | undefined;
  readonly readHint: () => Hint | null;
  /** Gives the machine an event and carries out what it says, before it returns. */
  readonly dispatch: (event: Event) => void;
  /** Reads the hint anew and tells the machine; returns whether it names another session than before. */
  readonly look: () => boolean;
  /** Hears the server say, to a request of `epoch` that knew its session, that this session is over. */
  readonly refused: (epoch: number, version: number, answer: Outcome) => void;
  /** Logins and logouts of this page that are under way. */
  readonly exclusives: Set<Promise<unknown>>;
  state: State;
  /** The session that the page was told of. A hint may name another; only being told makes the page act for that one. */
  told?: string | undefined;
  /** Of the refresh that runs; a request with this signal is part of it. */
  signal?: AbortSignal | undefined;
  /** True while `refresh` is being called: a request that is made then is part of it. */
  calling?: boolean;
}
