/** Where Redis is, as `REDIS_URL` says: one server, a Cluster, or a group that Sentinels watch. */
export interface RedisAddress {
  readonly kind: 'single' | 'cluster' | 'sentinel';
  /** The server; some nodes of the Cluster; or the Sentinels. */
  readonly nodes: readonly RedisNode[];
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
  /** The number of the database; a Cluster has only 0. */
  readonly database: number;
  /** How the Sentinels call the group; empty for the other kinds. */
  readonly group: string;
}

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

const FORM =
  /^redis(s?)(?:-(cluster|sentinel))?:\/\/(?:([^@/?#]*)@)?([^@/?#]+)(?:\/(\d{0,3}))?(?:#([\w.-]+))?$/;
const DEFAULT_PORT = { single: 6379, cluster: 6379, sentinel: 26_379 };

/**
 * Reads `redis://host`, `redis-cluster://host,host` or `redis-sentinel://host,host#group`; `rediss…` is TLS.
 *
 * @returns `null` where the text has another form; an error that quotes it would print a password
 */
export function readRedisAddress(text: string): RedisAddress | null {
  const [found, secure, word = 'single', user = '', hosts = '', database = '', group = ''] =
    FORM.exec(text) ?? [];
  const kind = word as RedisAddress['kind'];
  const [, username, password] = /^([^:]*)(?::(.*))?$/.exec(user) ?? [];
  const nodes = hosts.split(',').map((host) => readNode(host, DEFAULT_PORT[kind]));
  const isComplete = kind === 'sentinel' ? group !== '' : group === '';
  const isAlone = kind !== 'single' || nodes.length === 1;
  const isNumbered = kind !== 'cluster' || Number(database) === 0;
  if (!found || !isComplete || !isAlone || !isNumbered || !nodes.every((node) => node !== null)) return null;
  try {
    return {
      kind,
      nodes,
      tls: secure === 's',
      ...(username ? { username: decodeURIComponent(username) } : {}),
      ...(password ? { password: decodeURIComponent(password) } : {}),
      database: Number(database),
      group,
    };
  } catch {
    return null;
  }
}

function readNode(text: string, defaultPort: number): RedisNode | null {
  const [, host = '', port = defaultPort] =
    /^(\[[\da-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/i.exec(text.trim()) ?? [];
  if (host === '' || Number(port) < 1 || Number(port) > 65_535) return null;
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}
