import axios from 'axios';
import { createReauth } from '../../../interceptors/reauth.ts';
import type { SessionInfo } from '../../../contract/user.ts';
import { createJar } from '../jar.ts';
import { sendByAxios } from './byAxios.ts';
import type { Peer } from './peer.ts';

const reseal = (name: string, tellsVersion: boolean, note: string): Peer => ({
  name,
  note,
  tellsVersion,
  create(url, refreshMs) {
    const jar = createJar();
    let logouts = 0;
    const http = axios.create({ baseURL: url, adapter: jar.adapter, maxRedirects: 0 });
    const reauth = createReauth({
      refresh: async ({ staleVersion, signal }) => {
        const { data } = await http.post<SessionInfo>('/refresh', { staleVersion }, { signal });
        return tellsVersion ? data : undefined;
      },
      readHint: () => (tellsVersion ? { id: 's', version: jar.version } : null),
      // Node has Web Locks too, and they are the process's: two peers would wait for each other.
      lock: (work) => work(),
      limits: { refreshMs, queue: 100_000 },
      onEvent: ({ type }) => void (logouts += Number(type === 'sessionEnded')),
    });
    const detach = reauth.attach(http);
    return {
      send: sendByAxios(http),
      get logouts() {
        return logouts;
      },
      http,
      close() {
        detach();
        reauth.dispose();
        jar.agent.destroy();
      },
    };
  },
});

export const resealOurs = reseal('**Reseal**', true, 'with the headers and the hint of our server');
export const resealPlain = reseal(
  '**Reseal**, foreign backend',
  false,
  'neither headers nor hint; `refresh` answers nothing',
);
