import type { LabMessages } from '../messages/en/lab.ts';

/** No faults in any scope. */
export const NO_FAULTS = { login: [], refresh: [], logout: [], api: [] } as const;

/** The latency of the demo: enough to see each phase of a request, little enough not to wait. */
const LATENCY_MS = { refresh: 400, api: 40 } as const;

/** What a preset asks of the sample backend before its burst. */
export interface Preset {
  readonly name: keyof LabMessages['presets'];
  readonly change: {
    readonly settings: {
      readonly latencyMs: { readonly refresh: number; readonly api: number };
      readonly reuse: 'revoke' | 'leeway';
    };
    readonly faults: typeof NO_FAULTS | PresetFaults;
  };
  /** The burst is sent from two tabs at once. */
  readonly withTab?: true;
}

interface PresetFaults {
  readonly login: readonly [];
  readonly refresh: readonly { readonly kind: string; readonly times: number }[];
  readonly logout: readonly [];
  readonly api: readonly [];
}

const strict = { latencyMs: LATENCY_MS, reuse: 'revoke' } as const;

/** Situations worth seeing, each one press away. */
export const PRESETS: readonly Preset[] = [
  { name: 'happy', change: { settings: strict, faults: NO_FAULTS } },
  {
    name: 'slow',
    change: { settings: { ...strict, latencyMs: { ...LATENCY_MS, refresh: 3000 } }, faults: NO_FAULTS },
  },
  {
    name: 'outage',
    change: { settings: strict, faults: { ...NO_FAULTS, refresh: [{ kind: 'status503', times: 2 }] } },
  },
  {
    // Strict reuse detection would end this session: only the issuer has the new token.
    name: 'lost',
    change: {
      settings: { ...strict, reuse: 'leeway' },
      faults: { ...NO_FAULTS, refresh: [{ kind: 'dropAfterRotate', times: 1 }] },
    },
  },
  { name: 'tabs', change: { settings: strict, faults: NO_FAULTS }, withTab: true },
];
