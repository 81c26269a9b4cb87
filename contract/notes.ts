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
