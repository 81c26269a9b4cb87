/** What the form of the upstream's controls asks for. */
export interface ControlChange {
  readonly settings: {
    readonly accessTtlSeconds: number;
    readonly latencyMs: { readonly refresh: number; readonly api: number };
  };
  readonly faults: Readonly<Record<'refresh' | 'api', readonly { kind: string; times: number | null }[]>>;
}

/** Reads the form; a fault without a number of times lasts until it is taken back. */
export function readChange(form: FormData): ControlChange {
  const number = (name: string) => Math.max(0, Number(form.get(name)) || 0);
  const fault = (scope: string) => {
    const kind = String(form.get(`${scope}.kind`) ?? 'none');
    if (kind === 'none') return [];
    return [
      { kind, times: form.get(`${scope}.times`) ? Math.max(1, Math.floor(number(`${scope}.times`))) : null },
    ];
  };
  return {
    settings: {
      accessTtlSeconds: Math.max(1, number('accessTtlSeconds')),
      latencyMs: { refresh: number('latency.refresh'), api: number('latency.api') },
    },
    faults: { refresh: fault('refresh'), api: fault('api') },
  };
}
