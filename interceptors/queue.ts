/** Waiting tickets as an immutable list, newest first: joining as the 10,000th copies nothing. */
export type Queue = { readonly ticket: number; readonly rest: Queue; readonly size: number } | null;

/** Counts the waiting requests; who only asked for a refresh has a negative ticket and takes no seat. */
export const sizeOf = (queue: Queue): number => queue?.size ?? 0;

export const join = (rest: Queue, ticket: number): Queue => ({
  ticket,
  rest,
  size: sizeOf(rest) + +(ticket > 0),
});

/** Lists the tickets in the order of sending, which is not the order in which their 401s came back. */
export function inOrder(queue: Queue): number[] {
  const tickets = [];
  for (let node = queue; node; node = node.rest) tickets.push(node.ticket);
  return tickets.sort((a, b) => a - b);
}

export const without = (queue: Queue, ticket: number): Queue =>
  inOrder(queue)
    .filter((other) => other !== ticket)
    .reduce(join, null);
