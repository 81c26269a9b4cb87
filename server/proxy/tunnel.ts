import type { Duplex } from 'node:stream';
import type { Clock } from '../clock.ts';
import { closeFrame, FrameTracker } from './frames.ts';

/** How long a client has to take the close frame, after the rest of a frame that was under way. */
const CLOSE_MS = 400;
/** How long a client has to take what an upstream sent last. */
const LINGER_MS = 10_000;

/** Two sockets that were joined. */
export interface Tunnel {
  /** Sends the client a close frame, after the frame that is under way, and ends both sockets. */
  close(code: number, reason: string): void;
}

/** Joins a client's socket with an upstream's: bytes pass as they come, and a slow reader slows the other side down. */
export function joinSockets(
  client: Duplex,
  upstream: Duplex,
  { clock, onClosed }: { readonly clock: Clock; readonly onClosed: () => void },
): Tunnel {
  const frames = new FrameTracker();
  let ending: Buffer | null = null;
  let timer: unknown;
  const destroyClientIn = (ms: number) => {
    clock.clearTimeout(timer);
    timer = clock.setTimeout(() => client.destroy(), ms);
  };

  function finish(frame: Buffer): void {
    if (!frames.isClosing) client.write(frame);
    client.end();
    // What the client still sends is read and dropped: unread bytes would reset the connection, and the frame be lost.
    client.resume();
    upstream.destroy();
  }
  function down(chunk: Buffer): void {
    const passed = ending ? chunk.subarray(0, frames.follow(chunk, true)) : chunk;
    if (!ending) frames.follow(chunk);
    if (passed.length > 0 && !client.write(passed)) {
      upstream.pause();
      client.once('drain', () => upstream.resume());
    }
    if (ending && frames.isBetweenFrames) finish(ending);
  }
  function up(chunk: Buffer): void {
    if (ending || upstream.write(chunk)) return;
    client.pause();
    upstream.once('drain', () => client.resume());
  }
  // Each error of a socket is followed by its close, which is handled below.
  client.on('error', ignore).on('data', up);
  upstream.on('error', ignore).on('data', down);
  client.once('end', () => upstream.end());
  upstream.once('end', () => client.end());
  client.once('close', () => {
    clock.clearTimeout(timer);
    upstream.destroy();
    onClosed();
  });
  upstream.once('close', () => {
    if (client.destroyed) return;
    client.end();
    client.resume();
    if (!ending) destroyClientIn(LINGER_MS);
  });

  return {
    close(code, reason) {
      if (ending || client.destroyed) return;
      ending = closeFrame(code, reason);
      destroyClientIn(CLOSE_MS);
      if (frames.isBetweenFrames) finish(ending);
    },
  };
}

const ignore = () => undefined;
