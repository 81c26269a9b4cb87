/** The browser half in one file, as README and recipes have it. */
export const CODE = `import axios from 'axios';
import { createReauth } from './interceptors/reauth.ts';

export const http = axios.create({ baseURL: '/api/upstream' });

const reauth = createReauth({
  refresh: async ({ staleVersion, signal }) => {
    const { data } = await axios.post('/api/user', { staleVersion }, {
      signal,
      headers: { 'X-Reseal': '1' },
    });
    return data;
  },
});
reauth.attach(http);

const { data } = await http.get('/notes');`;
