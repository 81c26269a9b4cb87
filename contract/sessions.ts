/** What a browser called itself; `null` where it did not say, or the name is not known. */
export interface Device {
  readonly browser: string | null;
  readonly system: string | null;
}

/** A living session, as its own person may see it. */
export interface PersonSession {
  readonly id: string;
  /** Whether it is the one that asks. */
  readonly current: boolean;
  /** As of the last login or refresh; a browser says what it likes. */
  readonly device: Device;
  /** What the person calls it; absent where they gave it no name. */
  readonly name?: string;
  /** The network that it came from at its last login or refresh, shortened: `203.0.113.0/24`. Absent where unknown. */
  readonly network?: string;
  readonly loggedInAgoMs: number;
  /** Since its last refresh, or its login where there was none. */
  readonly refreshedAgoMs: number;
  /** Since a superseded cookie of it was used after the grace period: it may have been copied. Absent where that never happened. */
  readonly reusedAgoMs?: number;
}

/** How long the name of a session may be, in UTF-16 code units, as a text field counts. */
export const MAX_SESSION_NAME = 40;

/** Body of `PATCH /api/sessions/<id>`; `null` or an empty name takes the name away. */
export interface NameSessionRequest {
  readonly name: string | null;
}

/** Answer of `GET /api/sessions`: the one that asks first, then those refreshed last. */
export interface PersonSessions {
  readonly sessions: readonly PersonSession[];
}
