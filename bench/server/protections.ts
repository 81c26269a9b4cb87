import { registerHooks } from 'node:module';

/** A protection of the proxy, and the edits of its source that leave it out. */
interface Protection {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Each protection that a proxied call passes, by its name; the text must stand in the file exactly once. */
const PROTECTIONS: Readonly<Record<string, Protection>> = {
  'limits of calls': {
    file: 'server/proxy/forward.ts',
    from: 'const slot = upstream.limits.enter(caller.sessionId, caller.personId);',
    to: 'const slot = { becomeStream: () => true, leave: () => undefined };',
  },
  'timeout that settles a queued call': {
    file: 'server/proxy/forward.ts',
    from: 'const stopWaiting = limitWait(incoming, { clock, ms: upstream.timeoutMs, onLate });',
    to: 'const stopWaiting = () => undefined;',
  },
  'parsed client address': {
    file: 'server/proxy/forward.ts',
    from: 'from: clientAddressOf(exchange).address,',
    to: "from: '127.0.0.1',",
  },
  'allow-list of request headers': {
    file: 'server/proxy/headers.ts',
    from: 'if (allowed.has(lower) && !hops?.has(lower))',
    to: "if (lower !== 'host' && lower !== 'cookie' && lower !== 'connection' && lower !== 'x-reseal')",
  },
  'allow-list of response headers': {
    file: 'server/proxy/headers.ts',
    from: 'if (value === undefined || !allowed.has(name) || hops?.has(name)) continue;',
    to: "if (value === undefined || name === 'connection' || name === 'keep-alive') continue;",
  },
  'guard against other sites': {
    file: 'server/http/csrfGuard.ts',
    from: 'export function requireHeaderOrSameOriginRead(req: Request, appOrigin: string): void {',
    to: 'export function requireHeaderOrSameOriginRead(req: Request, appOrigin: string): void { return;',
  },
};

export const protections = Object.keys(PROTECTIONS);

/**
 * Leaves protections out of the server's source as it is loaded: `node --import ./bench/server/protections.ts …` with
 * their names in `WITHOUT`, between commas. No file is touched.
 */
function leaveOut(names: readonly string[]): void {
  const edits = names.map((name) => PROTECTIONS[name]).filter((edit) => edit !== undefined);
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      const own = edits.filter(({ file }) => url.endsWith(`/${file}`));
      if (own.length === 0) return loaded;
      let source = String(loaded.source);
      for (const { from, to } of own) {
        if (source.split(from).length !== 2)
          throw new Error(`The text to change does not stand once: ${from}`);
        source = source.replace(from, () => to);
      }
      return { ...loaded, source };
    },
  });
}

const without = process.env['WITHOUT'];
if (without) leaveOut(without.split(','));
