/** Bytes of a message whose reading costs about as much as a frame of its own: decoding, parsing and checking. */
export const BYTES_A_FRAME = 4096;
const CONTROL = 8;

export interface Walked {
  /** Where the walk stopped: the bytes before it hold what was counted. */
  end: number;
  frames: number;
  /** What reading them costs, in small frames. */
  cost: number;
}

/**
 * Walks over a client's WebSocket bytes from frame to frame (RFC 6455, section 5.2), so that they are counted before
 * anything else looks at them: that costs a hundredth of parsing them. Reads only lengths; what is wrong with a frame
 * is found by who parses it.
 */
export class FrameWalker {
  private readonly head = Buffer.alloc(14);
  private have = 0;
  /** Bytes that the current frame still has to come; its head is being read where `isInHead`. */
  private left = 0;
  private isInHead = true;
  private size = 0;
  /** Bytes of the fragments of a message that has not ended. */
  private fragments = 0;

  /** Walks from `at` until the end of `chunk`, or until the frames that ended cost `most` or more. */
  walk(chunk: Uint8Array, at: number, most: number): Walked {
    const walked = { end: at, frames: 0, cost: 0 };
    while (walked.end < chunk.length && walked.cost < most) {
      if (this.isInHead) {
        this.head[this.have++] = chunk[walked.end++] ?? 0;
        if (this.have < 2 || this.have < this.headLength()) continue;
        this.size = this.payloadLength();
        this.left = this.size;
        this.isInHead = false;
      } else {
        const taken = Math.min(this.left, chunk.length - walked.end);
        walked.end += taken;
        this.left -= taken;
      }
      if (this.left > 0) continue;
      walked.frames++;
      walked.cost += 1 + this.ended() / BYTES_A_FRAME;
      this.have = 0;
      this.isInHead = true;
    }
    return walked;
  }

  private headLength(): number {
    const code = (this.head[1] ?? 0) & 127;
    const isMasked = (this.head[1] ?? 0) > 127;
    return 2 + (code === 126 ? 2 : code === 127 ? 8 : 0) + (isMasked ? 4 : 0);
  }

  private payloadLength(): number {
    const code = (this.head[1] ?? 0) & 127;
    if (code < 126) return code;
    return code === 126 ? this.head.readUInt16BE(2) : Number(this.head.readBigUInt64BE(2));
  }

  /** Bytes that are read now that a frame has ended: a message is read when its last fragment is here. */
  private ended(): number {
    const first = this.head[0] ?? 0;
    if ((first & 15) >= CONTROL) return this.size;
    this.fragments += this.size;
    if (first < 128) return 0;
    const { fragments } = this;
    this.fragments = 0;
    return fragments;
  }
}
