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
  };
  readonly faults: Readonly<Record<'login' | 'refresh' | 'logout' | 'api', readonly LabFault[]>>;
  readonly stats: Readonly<Record<string, number>>;
}

/** A change to the upstream's settings or faults; what is left out stays. */
export interface LabChange {
  readonly settings?: {
    readonly accessTtlSeconds?: number;
    readonly latencyMs?: Partial<LabState['settings']['latencyMs']>;
  };
  readonly faults?: Partial<LabState['faults']>;
}

/** One call of a burst, as a person types it into the lab. */
export interface Probe {
  readonly path: string;
  readonly method: string;
}

const LAB = '/api/upstream/lab';

/** The sample backend's controls, and calls to any path behind the proxy. */
export function createLabService(http: AxiosInstance) {
  return {
    async read(signal?: AbortSignal): Promise<LabState> {
      return (await http.get<LabState>(LAB, signal && { signal })).data;
    },

    async change(change: LabChange): Promise<LabState> {
      return (await http.patch<LabState>(LAB, change)).data;
    },

    /** Makes the access tokens given so far worthless, as if their time had come. */
    async expire(): Promise<void> {
      await http.post(`${LAB}/expire`, {});
    },

    async reset(): Promise<void> {
      await http.post(`${LAB}/reset`, {});
    },

    /** Sends one call to a path behind the proxy; `/notes` means `/api/upstream/notes`. */
    async probe({ path, method }: Probe): Promise<number> {
      const url = path.startsWith('/api/') ? path : `/api/upstream/${path.replace(/^\/+/, '')}`;
      const body = /^(get|head|delete)$/i.test(method) ? undefined : { text: 'sent from the lab' };
      return (await http.request({ url, method, data: body })).status;
    },
  };
}

/** The calls of {@link createLabService}. */
export type LabService = ReturnType<typeof createLabService>;
