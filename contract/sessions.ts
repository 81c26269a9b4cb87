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
  readonly loggedInAgoMs: number;
  /** Since its last refresh, or its login where there was none. */
  readonly refreshedAgoMs: number;
  /** Since a superseded cookie of it was used after the grace period: it may have been copied. Absent where that never happened. */
  readonly reusedAgoMs?: number;
}

/** Answer of `GET /api/sessions`: the one that asks first, then those refreshed last. */
export interface PersonSessions {
  readonly sessions: readonly PersonSession[];
}
