import { PassThrough, type Writable } from 'node:stream';
import fc from 'fast-check';
import * as ws from 'ws';
import { closeFrame, FrameTracker } from '../../../server/proxy/frames.ts';

/** The parts of `ws` that read and write frames; its types leave them out. */
const { Receiver, Sender } = ws as unknown as {
  readonly Receiver: new (options: { readonly isServer: boolean }) => Writable;
  readonly Sender: { frame(data: Buffer, options: object): Buffer[] };
};

/** Writes messages as frames with the frames of another implementation, and tells where each frame ends. */
function framesOf(messages: readonly { readonly size: number; readonly isMasked: boolean }[]) {
  const frames = messages.map(({ size, isMasked }) =>
    Buffer.concat(
      Sender.frame(Buffer.alloc(size, 7), {
        fin: true, rsv1: false, opcode: 2, mask: isMasked, readOnly: true,
        ...(isMasked ? { maskBuffer: Buffer.from([1, 2, 3, 4]) } : {}),
      }),
    ),
  ); // prettier-ignore
  let end = 0;
  return { bytes: Buffer.concat(frames), ends: new Set([0, ...frames.map(({ length }) => (end += length))]) };
}

const message = fc.record({
  size: fc.oneof(fc.integer({ min: 0, max: 200 }), fc.constantFrom(125, 126, 127, 65_535, 65_536, 70_000)),
  isMasked: fc.boolean(),
});

test('the tracker knows at every byte whether a frame has ended, however the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 6 }), fc.array(fc.nat(50_000), { maxLength: 12 }), (messages, cuts) => {
      const { bytes, ends } = framesOf(messages);
      const tracker = new FrameTracker();
      for (let at = 0; at < bytes.length;) {
        const next = Math.min(bytes.length, at + (cuts.pop() ?? bytes.length) + 1);
        expect(tracker.follow(bytes.subarray(at, next))).toBe(next - at);
        expect(tracker.isBetweenFrames).toBe(ends.has(next));
        at = next;
      }
    }),
    { numRuns: 300 },
  );
}); // prettier-ignore

test('the tracker stops at the end of the frame that is under way', () => {
  const { bytes } = framesOf([{ size: 10, isMasked: false }, { size: 3, isMasked: false }]); // prettier-ignore
  const tracker = new FrameTracker();
  tracker.follow(bytes.subarray(0, 5));
  expect(tracker.follow(bytes.subarray(5), true)).toBe(7);
  expect(tracker.isBetweenFrames).toBe(true);
  expect(tracker.follow(bytes.subarray(12), true)).toBe(0);
});

test('a close frame is read by another implementation as it was meant, and noticed when it passes', async () => {
  const frame = closeFrame(4401, 'session_ended');
  const tracker = new FrameTracker();
  expect(tracker.isClosing).toBe(false);
  tracker.follow(frame);
  expect([tracker.isClosing, tracker.isBetweenFrames]).toEqual([true, true]);
  const receiver = new Receiver({ isServer: false });
  const concluded = new Promise((resolve) =>
    receiver.once('conclude', (code: number, reason: Buffer) => resolve([code, String(reason)])),
  );
  new PassThrough().end(frame).pipe(receiver);
  expect(await concluded).toEqual([4401, 'session_ended']);
});
