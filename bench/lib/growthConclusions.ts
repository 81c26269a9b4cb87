import { DOORS, keyOf } from '../doors/targets.ts';
import { ratio, type Measured } from '../frontDoor/measure.ts';
import { savedResults } from './report.ts';
import { number, ratios, summary } from './stats.ts';

/** What the conclusions need of the parts `doors`, `growth` and `stores`. */
interface Requests {
  readonly target: string;
  readonly connections: number;
  readonly samples: readonly { readonly us: number; readonly failures: number }[];
}
interface Sockets {
  readonly sockets: number;
  readonly inUseEach: number;
  readonly endedMs: number;
}
interface File {
  readonly sessions: number;
  readonly openMs: number;
  readonly readMs: number;
}

/** `1.05 to 1.42` over all numbers of connections. */
function range(values: readonly number[]): string {
  return `${number(Math.min(...values))} to ${number(Math.max(...values))}`;
}

function doors(all: readonly Measured[]): string[] {
  const own = DOORS.filter((door) => Object.keys(door.bare).length > 0);
  const parts = own.map((door) => {
    const [first = ''] = Object.keys(door.bare);
    const over = all.map((one) => ratio(one, keyOf(door), keyOf(door, first), 'us').median);
    return `${door.name.split(',')[0]} ${range(over)}`;
  });
  return [
    'And in an app of my own?',
    `CPU time beside a handler of the same framework that only forwards: ${parts.join('; ')}`,
    '[Doors](#doors)',
  ];
}

function growth(
  requests: readonly Requests[],
  sockets: readonly Sockets[],
  files: readonly File[],
): string[] {
  const cells = requests.filter(({ target }) => target === 'door');
  const us = ({ samples }: Requests) => samples.map((sample) => sample.us);
  const [hundred, most] = [100, 1000].map((count) => cells.find(({ connections }) => connections === count));
  const grown = hundred && most ? number(summary(ratios(us(most), us(hundred))).median) : '–';
  const failed = cells.flatMap(({ samples }) => samples).reduce((sum, { failures }) => sum + failures, 0);
  const many = sockets.filter((row) => row.sockets === Math.max(...sockets.map((one) => one.sockets)));
  const each = number(summary(many.map(({ inUseEach }) => inUseEach)).median / 1024, 0);
  const ended = number(Math.max(...many.map(({ endedMs }) => endedMs)), 0);
  const file = files.at(-1);
  return [
    'What happens as it grows?',
    `1,000 requests at once cost ${grown} times the CPU time of 100, ${failed} failed; 1,000 WebSockets take ${each} KB each and were closed at most ${ended} ms after the logout; a file of ${number(file?.sessions ?? NaN, 0)} sessions opens in ${number((file?.openMs ?? NaN) / 1000, 1)} s and is read in ${number((file?.readMs ?? NaN) * 1000, 0)} µs`,
    '[Growth](#growth), [Stores](#stores)',
  ];
}

/** Rows of the page of conclusions, of those parts that were measured here. */
export function growthConclusions(): string[][] {
  const byDoor = savedResults<readonly Measured[]>('doors')?.results;
  const requests = savedResults<readonly Requests[]>('growth-requests')?.results;
  const sockets = savedResults<readonly Sockets[]>('growth-sockets')?.results;
  const files = savedResults<readonly File[]>('stores-growth')?.results;
  return [
    ...(byDoor ? [doors(byDoor)] : []),
    ...(requests && sockets && files ? [growth(requests, sockets, files)] : []),
  ];
}
