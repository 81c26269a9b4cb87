const request = (sent: number, expired: number, replayed: number, answered: number) =>
  [
    { phase: 'sent', atMs: sent },
    { phase: 'expired', atMs: expired },
    { phase: 'waiting', atMs: expired },
    { phase: 'replayed', atMs: replayed },
    { phase: 'answered', atMs: answered },
  ] as const;

/** Three requests whose token has died, and the one refresh that saves them; on a clock of a thousand ticks. */
export const LIFE = {
  fromMs: 0,
  toMs: 1000,
  requests: [request(20, 210, 660, 850), request(60, 260, 670, 920), request(100, 310, 680, 990)],
  bars: [{ id: 1, startedAtMs: 220, endedAtMs: 650, outcome: 'refreshed' }],
} as const;

/** When each step of the explanation begins: sent, 401, waiting, refreshed, replayed. */
export const STEPS_MS = [20, 210, 310, 440, 660] as const;
