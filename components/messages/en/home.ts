/** The home page's sentences. */
export const home = {
  title: 'Your users never see an expired token',
  lead: 'Reseal keeps people signed in. Access and refresh token stay in a sealed, HttpOnly cookie. When the access token expires, one call refreshes it, and every waiting request is sent again.',
  start: 'Try the notes',
  startAnonymous: 'Log in and try it',
  toLab: 'Watch it in the lab',
  picture: 'The life of a 401',
  pictureAlt:
    'Three requests leave the browser. Each is answered 401 because the access token has expired. They wait in a queue while one call to /api/user refreshes the tokens and reseals the cookie. Then all three are replayed, in the order of their sending, and answered.',
  one: 'one POST /api/user',
  again: 'Play again',
  pause: 'Pause',
  resume: 'Resume',
  docs: 'Documentation',
  repository: 'Source code',
  code: 'Add it to an app',
  codeLead: 'The browser half. Every request of this axios instance now survives an expired token.',
  copy: 'Copy',
  copied: 'Copied.',
  notCopied: 'The browser does not allow copying.',
  races: 'The same races, compared',
  racesLead:
    'Eight races, each run three times against one strict issuer: two tabs, a lost answer, a late cookie, an outage. Shown is how many runs kept the session.',
  raceLibrary: 'Library',
  raceResult: 'Runs that kept the session',
  raceOf: (passed: number, runs: number) => `${passed} of ${runs}`,
  steps: {
    sent: {
      name: 'Sent',
      text: 'Requests leave for /api/upstream. The server opens the sealed cookie and adds the bearer token.',
    },
    expired: {
      name: '401',
      text: 'The token has expired. The answer says so, and names the version of the session.',
    },
    waiting: {
      name: 'Waiting',
      text: 'The interceptor queues the refused requests. A queue exists only while a refresh runs.',
    },
    refreshed: {
      name: 'Refreshed',
      text: 'One POST /api/user, for all requests and all tabs, exchanges the refresh token and reseals the cookie.',
    },
    replayed: {
      name: 'Replayed',
      text: 'The queue leaves in the order of sending. Each request is replayed once; its caller gets the answer.',
    },
  },
  promises: 'What it guarantees',
  facts: {
    tokens: {
      name: 'No token in JavaScript',
      text: 'Not in the store, not in props, not in storage. Script sees who is signed in and for how long, nothing else.',
    },
    outage: {
      name: 'An outage is not a logout',
      text: 'Only a final refusal ends a session. Offline, 429, 5xx and unreadable answers keep it.',
    },
    once: {
      name: 'One refresh, however many tabs',
      text: 'A thousand requests that expire together, in eight tabs, cost one call to the issuer.',
    },
    people: {
      name: 'Never another person’s click',
      text: 'A request made under one session is never replayed under another.',
    },
  },
};
