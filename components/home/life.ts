import type { Episode } from '../timeline/episode.ts';

const request = (id: number, sent: number, expired: number, replayed: number, answered: number) => ({
  id,
  method: 'GET',
  path: '/api/upstream/notes',
  outcome: '200',
  marks: [
    { phase: 'sent', atMs: sent },
    { phase: 'expired', atMs: expired },
    { phase: 'waiting', atMs: expired },
    { phase: 'replayed', atMs: replayed },
    { phase: 'answered', atMs: answered },
  ] as const,
});

/** Three requests whose token has died, and the one refresh that saves them. */
export const LIFE: Episode = {
  fromMs: 0,
  toMs: 1000,
  rows: [request(1, 20, 210, 660, 850), request(2, 60, 260, 670, 920), request(3, 100, 310, 680, 990)],
  bars: [{ id: 1, startedAtMs: 220, endedAtMs: 650, outcome: 'renewed' }],
};

/** When each step of the explanation begins, on the drawing's own clock: sent, 401, waiting, refreshed, replayed. */
export const STEPS_MS = [20, 210, 310, 440, 660] as const;
