import { join } from 'node:path';
import { freePort } from '../../../testing/redisServer.ts';
import { newFolder, startService } from '../support/service.ts';

/** Django with SimpleJWT, from Debian's packages; its user is `ada` with `lovelace`. */
export async function startDjango(accessSeconds: number) {
  const [folder, port] = [newFolder('django'), await freePort()];
  const args = ['__tests__/real/django/backend.py', `${port}`, join(folder, 'django.db'), `${accessSeconds}`];
  return startService({ command: '/usr/bin/python3', args, port, folder });
}
