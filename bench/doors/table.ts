import { ratio, type Measured } from '../frontDoor/measure.ts';
import { table } from '../lib/report.ts';
import { number, spread, summary } from '../lib/stats.ts';
import { DOORS, keyOf, type Door } from './targets.ts';

/** What the front door is divided by: it is a node:http server too. */
const FRONT_DOOR_BARE = keyOf(DOORS[1]!, 'undici');

/** One row for each door and bare handler: CPU first, which carries over from a machine that others use. */
function rowsOf(one: Measured, door: Door): string[][] {
  const [front, own] = [keyOf(DOORS[0]!), keyOf(door)];
  const middle = (name: string, what: 'us' | 'perSecond') =>
    number(summary(one.samples[name]!.map((sample) => sample[what])).median, 0);
  const names = Object.keys(door.bare);
  const bare = names.length > 0 ? names.map((name) => keyOf(door, name)) : [FRONT_DOOR_BARE];
  return bare.map((under, at) => [
    at === 0 ? door.name : '',
    names[at] ?? 'undici',
    at === 0 ? middle(own, 'us') : '',
    middle(under, 'us'),
    spread(ratio(one, own, under, 'us')),
    at > 0 ? '' : own === front ? '1' : spread(ratio(one, own, front, 'us')),
    at === 0 ? middle(own, 'perSecond') : '',
    middle(under, 'perSecond'),
  ]);
}

/** The ratios of all doors, one table for each number of connections. */
export function doorsTable(all: readonly Measured[]): string {
  return all
    .map((one) =>
      table(
        [
          `${one.connections} ${one.connections === 1 ? 'connection' : 'connections'}`,
          'bare handler',
          'CPU µs a request',
          'bare, µs',
          'CPU ÷ bare',
          'CPU ÷ front door',
          'requests/s',
          'bare, requests/s',
        ],
        DOORS.filter((door) => one.samples[keyOf(door)]).flatMap((door) => rowsOf(one, door)),
      ),
    )
    .join('\n\n');
}
