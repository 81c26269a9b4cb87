/** The browser half in one file, as README and recipes have it. */
export const CODE = `import axios from 'axios';
import { createReauth } from './interceptors/reauth.ts';

const http = axios.create({
  baseURL: '/api/upstream',
});
const headers = { 'X-Reseal': '1' };

const reauth = createReauth({
  refresh: ({ staleVersion, signal }) =>
    axios
      .post('/api/user', { staleVersion }, { signal, headers })
      .then(({ data }) => data),
});
reauth.attach(http);

await http.get('/notes');`;
