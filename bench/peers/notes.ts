import { PEERS } from './peer.ts';

const how = PEERS.map((peer) => `*${peer.name}*: ${peer.how}`).join('. ');

export const CORRECTNESS_NOTES = `Every contender is a production build of a minimal Next app, two processes of it behind a round-robin, before an upstream of its own whose issuer rotates strictly and revokes the family when a used token comes back; each is played by cookie jars over real sockets, three times. ${how}. *Reseal* is its own production build over one Redis, its page the engine over axios; *a bare page* is the same server and a page without the engine, which at each 401 asks for a renewal and repeats its request once.

Where a 401 is told during the outage, it is the app's own route that cannot know better: the libraries answer "no token" for a dead session and for a busy issuer alike. \`error\` is what next-auth's guide puts into the session; it stays there after a renewal has succeeded, and the guide's page answers it with another login. Most of these libraries can be mended by hand (a single flight in the process, a leeway at the issuer); what is measured is what their documentation gives. oauth2-proxy is missing: it is a Go program, which this run neither fetches nor builds.`;

export const SPEED_NOTES =
  'One process each, all before the same upstream, which answers 1 KB of JSON and does as little as it can; the load generator (autocannon) is a third process on the same machine. Access tokens have 800 characters (AuthKit’s own are signed stand-ins of about 400). Reseal streams the answer; the peers’ routes do what their documentation shows: read the session, `fetch` the upstream with the bearer, answer its JSON. *Next route and `fetch`, no session* is that route without the library. Reseal is slower than the bare route and the pass-through because it does more: it opens the session, reads its record, checks path and headers, and counts.';

export const FOOTPRINT_NOTES =
  'Start: from the command to the first answer of a route that knows sessions, the page having been answered before; Reseal’s `npm start` starts a Node process that starts Next, the others are `next start`. Memory is the resident size of Next’s process. First load: the scripts that the page names, `nomodule` left out. The whole app of Reseal has five pages’ worth of interface, two languages and Redux Toolkit; the peers’ page shows a name, with the library’s provider and hook where there is one (iron-session has none). AuthKit’s page has to be an App Router page, which alone weighs more than one of the Pages Router.';

export const READ_NOTES =
  'The same person and tokens in every cookie. AuthKit is iron-session. A cookie that Reseal has never seen costs what iron-session’s Web Crypto costs, more than a JWE; the same cookie again is a look-up by its hash, with deadlines checked each time. What the libraries do around it (chunks, claims, rewriting the cookie) is not counted here.';
