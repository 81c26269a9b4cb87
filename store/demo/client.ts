import axios, { type CreateAxiosDefaults } from 'axios';
import { NO_IDENTITY, RESEAL_HEADER } from '../../contract/headers.ts';
import type { SessionInfo } from '../../contract/user.ts';
import { createReauth } from '../../interceptors/reauth.ts';
import type { ReauthOptions } from '../../interceptors/reauthOptions.ts';
import { createLabService } from '../../services/lab.ts';
import { createNotesService } from '../../services/notes.ts';
import { createSessionsService } from '../../services/sessions.ts';
import { createUserService } from '../../services/user.ts';

export interface ClientOptions {
  /** Defaults of the axios instance; tests point it at their own server. */
  readonly http?: CreateAxiosDefaults | undefined;
  /** Settings of the engine beyond those that the composition itself gives. */
  readonly reauth?: Omit<ReauthOptions, 'refresh' | 'whoAmI' | 'onEvent'> | undefined;
  readonly onEvent: ReauthOptions['onEvent'] & {};
  /** The session that the page knows already. */
  readonly session: SessionInfo | null;
}

/** Makes what a call needs: one axios instance, the engine that serves it, and the services. It works until `close`. */
export function createClient({ http: defaults, reauth: settings, onEvent, session }: ClientOptions) {
  const http = axios.create({ ...defaults, headers: { [RESEAL_HEADER]: NO_IDENTITY } });
  const user = createUserService(http);
  const reauth = createReauth({
    ...settings,
    refresh: (call) => user.refresh(call),
    whoAmI: (call) => user.whoAmI(call),
    onEvent,
  });
  if (session) reauth.loggedIn(session);
  const detach = reauth.attach(http);
  return {
    http,
    reauth,
    user,
    sessions: createSessionsService(http),
    notes: createNotesService(http),
    lab: createLabService(http),
    close(): void {
      detach();
      reauth.dispose();
    },
  };
}

/** A client of {@link createClient}. */
export type Client = ReturnType<typeof createClient>;
