const CLOSE = 0x8;
const FINAL = 0x80;

/** Follows the frames of one direction, so that a close frame can be put between two of them. @see RFC 6455 §5.2 */
export class FrameTracker {
  /** Bytes of the current header that were read, and how many it has. */
  #read = 0;
  #headerSize = 2;
  /** Bytes of the length that follow the first two. */
  #lengthSize = 0;
  #opcode = 0;
  #length = 0;
  #payloadLeft = 0;
  #isClosing = false;

  /** Whether the last byte that was read ended a frame. */
  get isBetweenFrames(): boolean {
    return this.#read === 0 && this.#payloadLeft === 0;
  }

  /** Whether a close frame has passed. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /**
   * Reads bytes as they pass.
   *
   * @param toFrameEnd stops where the current frame ends
   * @returns how many bytes were read
   */
  follow(bytes: Uint8Array, toFrameEnd = false): number {
    let at = 0;
    while (at < bytes.length && !(toFrameEnd && this.isBetweenFrames)) {
      if (this.#payloadLeft > 0) {
        const step = Math.min(this.#payloadLeft, bytes.length - at);
        this.#payloadLeft -= step;
        at += step;
      } else this.#readHeader(bytes[at++] ?? 0);
    }
    return at;
  }

  #readHeader(byte: number): void {
    this.#read += 1;
    if (this.#read === 1) this.#opcode = byte & 0xf;
    else if (this.#read === 2) {
      const short = byte & 0x7f;
      this.#lengthSize = short === 127 ? 8 : short === 126 ? 2 : 0;
      this.#length = this.#lengthSize > 0 ? 0 : short;
      const maskSize = byte & 0x80 ? 4 : 0;
      this.#headerSize = 2 + this.#lengthSize + maskSize;
    } else if (this.#read <= 2 + this.#lengthSize) this.#length = this.#length * 256 + byte;
    if (this.#read < 2 || this.#read < this.#headerSize) return;
    this.#read = 0;
    this.#payloadLeft = this.#length;
    this.#isClosing ||= this.#opcode === CLOSE;
  }
}

/** Makes a close frame as a server sends it. @see RFC 6455 §5.5.1 */
export function closeFrame(code: number, reason: string): Buffer {
  const text = Buffer.from(reason);
  return Buffer.concat([Buffer.from([FINAL | CLOSE, 2 + text.length, code >> 8, code & 0xff]), text]);
}
