import axios, { type AxiosInstance } from 'axios';
import type { SessionInfo } from '../../../contract/user.ts';
import { openEventStream } from '../../../interceptors/browser/eventStream.ts';
import { reconnectingSocket } from '../../../interceptors/browser/reconnectingSocket.ts';
import { refreshFirst } from '../../../interceptors/browser/refreshFirst.ts';
import { createReauth } from '../../../interceptors/reauth.ts';
import type { Reauth } from '../../../interceptors/reauthOptions.ts';
import type { ReauthEvent } from '../../../interceptors/reauthEvents.ts';

/** The engine over a bare axios, put into a page by the tests: what people copy into apps of their own. */
export interface EngineInPage {
  readonly http: AxiosInstance;
  readonly reauth: Reauth;
  readonly events: ReauthEvent[];
}

declare global {
  interface Window {
    makeEngine: () => EngineInPage;
    refreshFirst: typeof refreshFirst;
    openEventStream: typeof openEventStream;
    reconnectingSocket: typeof reconnectingSocket;
  }
}

Object.assign(window, { refreshFirst, openEventStream, reconnectingSocket });
window.makeEngine = () => {
  const http = axios.create();
  const events: ReauthEvent[] = [];
  const reauth = createReauth({
    refresh: async ({ staleVersion, signal }) => {
      const { data } = await http.post<SessionInfo>('/api/user', { staleVersion }, { signal, reauth: false });
      return data;
    },
    onEvent: (event) => void events.push(event),
  });
  reauth.attach(http);
  return { http, reauth, events };
};
