/** A note of the demo resource, as the upstream answers it. */
export interface Note {
  readonly id: string;
  readonly text: string;
  /** ISO 8601, UTC. */
  readonly updatedAt: string;
  readonly attachment: Attachment | null;
}

/** A file attached to a note; its bytes are at `/notes/{id}/attachment`. */
export interface Attachment {
  readonly name: string;
  readonly type: string;
  readonly sizeBytes: number;
}

/** The most characters (Unicode code points) that a note may have. */
export const NOTE_TEXT_LIMIT = 10_000;

/** Counts characters as the upstream does. */
export const lengthOf = (text: string): number => [...text].length;

/** Tells whether a text is too long for a note. */
export const isTooLong = (text: string): boolean =>
  text.length > NOTE_TEXT_LIMIT && lengthOf(text) > NOTE_TEXT_LIMIT;

/** The entity tag of a note as its list shows it; sent as `If-Match` with a change. @see RFC 9110 §13.1.1 */
export const etagOf = ({ updatedAt }: Pick<Note, 'updatedAt'>): string => `"${updatedAt}"`;
