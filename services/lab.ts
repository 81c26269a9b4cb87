import type { AxiosInstance } from 'axios';

/** One fault of the sample backend: its kind, and for how many calls (`null`: for ever). */
export interface LabFault {
  readonly kind: string;
  readonly times?: number | null;
}

/** Settings, faults and counts of the sample backend. */
export interface LabState {
  readonly settings: {
    readonly accessTtlSeconds: number;
    readonly latencyMs: { readonly login: number; readonly refresh: number; readonly api: number };
    /** What a used refresh token does: `revoke` ends the session at once, `leeway` forgives it for some seconds. */
    readonly reuse?: 'revoke' | 'leeway';
  };
  readonly faults: Readonly<Record<'login' | 'refresh' | 'logout' | 'api', readonly LabFault[]>>;
  readonly stats: Readonly<Record<string, number>>;
}

/** A change to the upstream's settings or faults; what is left out stays. */
export interface LabChange {
  readonly settings?: {
    readonly accessTtlSeconds?: number;
    readonly latencyMs?: Partial<LabState['settings']['latencyMs']>;
    readonly reuse?: 'revoke' | 'leeway';
  };
  readonly faults?: Partial<LabState['faults']>;
}

/** One call of a burst, as a person types it into the lab. */
export interface Probe {
  readonly path: string;
  readonly method: string;
}

/** A burst as the lab asks for it. */
export interface BurstOrder extends Probe {
  readonly count: number;
  /** Expire the access token first. */
  readonly expire?: boolean;
  /** Send the same burst through a naive interceptor too; only the sample backend can. */
  readonly compare?: boolean;
}

/** The same burst through an interceptor without Reseal; times in milliseconds since its beginning. */
export interface NaiveRun {
  readonly requests: readonly {
    readonly method: string;
    readonly path: string;
    readonly outcome: string;
    readonly marks: readonly {
      readonly phase: 'sent' | 'expired' | 'waiting' | 'replayed' | 'answered' | 'failed';
      readonly atMs: number;
    }[];
  }[];
  readonly refreshes: readonly {
    readonly startedAtMs: number;
    readonly endedAtMs: number;
    readonly succeeded: boolean;
  }[];
  /** The issuer has ended the session: the person would have to log in again. */
  readonly sessionLost: boolean;
}

const LAB = '/api/upstream/lab';

/** The controls break tokens and refreshes on purpose, so they neither wait for a refresh nor ask for one. */
const CONTROL = { reauth: false } as const;

/** The sample backend's controls, and calls to any path behind the proxy. */
export function createLabService(http: AxiosInstance) {
  return {
    async read(signal?: AbortSignal): Promise<LabState> {
      return (await http.get<LabState>(LAB, { ...CONTROL, ...(signal && { signal }) })).data;
    },

    async change(change: LabChange): Promise<LabState> {
      return (await http.patch<LabState>(LAB, change, CONTROL)).data;
    },

    /** Expires the access tokens issued so far. */
    async expire(): Promise<void> {
      await http.post(`${LAB}/expire`, {}, CONTROL);
    },

    async reset(): Promise<void> {
      await http.post(`${LAB}/reset`, {}, CONTROL);
    },

    /** Sends a burst without Reseal, with a session of its own at a backend of its own. */
    async runNaive({ path, method, count }: Probe & { count: number }): Promise<NaiveRun> {
      const at = `/${path.replace(/^\/+(api\/upstream\/)?/, '')}`;
      return (await http.post<NaiveRun>(`${LAB}/naive`, { path: at, method, count }, CONTROL)).data;
    },

    /** Sends one call to a path behind the proxy; `/notes` means `/api/upstream/notes`. */
    async probe({ path, method }: Probe): Promise<number> {
      const url = path.startsWith('/api/') ? path : `/api/upstream/${path.replace(/^\/+/, '')}`;
      const body = /^(get|head|delete)$/i.test(method) ? undefined : { text: 'sent from the lab' };
      // Browsers send equal requests one after another, to answer the later ones from their cache.
      const headers = { 'Cache-Control': 'no-cache' };
      return (await http.request({ url, method, data: body, headers })).status;
    },
  };
}

/** The calls of {@link createLabService}. */
export type LabService = ReturnType<typeof createLabService>;
