import type { VirtualTime } from './time.ts';

/** Who speaks to whom, about what. */
export type Link =
  | 'proxy' | 'read' | 'render' | 'who' | 'refresh' | 'login' | 'logout' | 'stepUp'
  | 'issuer.refresh' | 'issuer.login' | 'issuer.revoke' | 'upstream'
  | 'store.read' | 'store.commit' | 'store.end' | 'store.acquire' | 'store.release' | 'store.other'; // prettier-ignore

/** What befalls the next message of a link, once. */
export interface Fault {
  readonly on: Link;
  readonly leg: 'request' | 'answer';
  /** It is on its way for so much longer; where it is lost, so long does it take to notice. */
  readonly delayMs: number;
  readonly lose: boolean;
}

const LATENCY_MS = { near: 2, far: 40 };

/** Carries messages: late, out of order or never, as the faults say. */
export class Network {
  private readonly faults: Fault[] = [];
  private readonly time: VirtualTime;
  private readonly random: () => number;

  constructor(time: VirtualTime, random: () => number) {
    this.time = time;
    this.random = random;
  }

  plan(fault: Fault): void {
    this.faults.push(fault);
  }

  heal(): void {
    this.faults.length = 0;
  }

  /** Takes the fault that waits for this message, if there is one. */
  take(on: Link, leg: Fault['leg']): Fault | null {
    const index = this.faults.findIndex((fault) => fault.on === on && fault.leg === leg);
    return index < 0 ? null : this.faults.splice(index, 1)[0]!;
  }

  latencyMs(span: keyof typeof LATENCY_MS): number {
    return LATENCY_MS[span] * (0.25 + this.random() * 1.75);
  }

  /** Carries one message: exactly one of `arrive` and `lost` comes to pass. */
  carry(
    on: Link,
    leg: Fault['leg'],
    span: keyof typeof LATENCY_MS,
    arrive: () => void,
    lost: () => void,
  ): void {
    const fault = this.take(on, leg);
    this.time.in(this.latencyMs(span) + (fault?.delayMs ?? 0), fault?.lose ? lost : arrive);
  }
}
