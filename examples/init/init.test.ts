import { test } from 'node:test';
import { skip } from '../startExample.ts';
import { twoPeople } from '../twoPeople.ts';

test(
  'ten requests of a person over an expired token cost one refresh, and everyone stays logged in',
  { skip },
  () =>
    // The password is the one that init wrote into .env.
    twoPeople(['next', 'start'], { SESSION_PASSWORD: undefined }),
);
