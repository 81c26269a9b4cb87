/** The home page's sentences. */
export const home = {
  title: 'Nobody notices when a token dies',
  lead: 'Reseal keeps people signed in. Access and refresh token live in a sealed, HttpOnly cookie; when the access token dies, one call refreshes it and everything that was waiting goes out again.',
  start: 'Try the notes',
  startAnonymous: 'Log in and try it',
  toLab: 'Watch it in the lab',
  picture: 'The life of a 401',
  pictureAlt:
    'Three requests leave the browser. Each is answered 401 because the access token has died. They wait in a queue while one call to /api/user refreshes the tokens and reseals the cookie. Then all three are replayed, in the order of their sending, and answered.',
  one: 'one POST /api/user',
  again: 'Rendered again',
  steps: {
    sent: {
      name: 'Sent',
      text: 'Requests leave for /api/upstream. The server opens the sealed cookie and adds the bearer token.',
    },
    expired: {
      name: '401',
      text: 'The token has died. The answer says so, and which version of the session it was.',
    },
    waiting: {
      name: 'Waiting',
      text: 'The interceptor queues what comes back refused. A queue exists only while a refresh runs.',
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
  promises: 'What it holds to',
  facts: {
    tokens: {
      name: 'No token in JavaScript',
      text: 'Not in the store, not in props, not in storage. Script sees who is signed in and for how long, nothing else.',
    },
    outage: {
      name: 'An outage is not a logout',
      text: 'Only a final refusal ends a session. Offline, 429, 5xx and rubbish answers keep it.',
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
