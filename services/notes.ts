import type { AxiosInstance } from 'axios';
import type { Note } from '../contract/notes.ts';

/** How far an upload has come; `totalBytes` is 0 where the browser does not say. */
export interface UploadProgress {
  readonly sentBytes: number;
  readonly totalBytes: number;
}

/** A file on its way to a note. */
export interface UploadOrder {
  readonly id: string;
  readonly file: File;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: UploadProgress) => void;
}

const NOTES = '/api/upstream/notes';
const at = (id: string) => `${NOTES}/${encodeURIComponent(id)}`;

/** Where the file attached to a note can be downloaded. */
export function attachmentUrl(id: string): string {
  return `${at(id)}/attachment`;
}

/** The notes of the signed-in person. */
export function createNotesService(http: AxiosInstance) {
  return {
    async list(signal?: AbortSignal): Promise<Note[]> {
      const answer = await http.get<{ notes: Note[] }>(NOTES, signal && { signal });
      return answer.data.notes;
    },

    async add(text: string, signal?: AbortSignal): Promise<Note> {
      return (await http.post<Note>(NOTES, { text }, signal && { signal })).data;
    },

    /** Changes a note. With an `etag`, rejects with 412 where it is not that version any more. */
    async edit(id: string, text: string, signal?: AbortSignal, etag?: string): Promise<Note> {
      const headers = etag === undefined ? {} : { 'If-Match': etag };
      return (await http.patch<Note>(at(id), { text }, { headers, ...(signal && { signal }) })).data;
    },

    async remove(id: string, signal?: AbortSignal): Promise<void> {
      await http.delete(at(id), signal && { signal });
    },

    /** Deletes every note; an API may ask for a new login first. */
    async removeAll(signal?: AbortSignal): Promise<void> {
      await http.delete(NOTES, signal && { signal });
    },

    /** Sends the file as it is: raw bytes, its own type; the name travels in the query. */
    async attach({ id, file, signal, onProgress }: UploadOrder): Promise<void> {
      await http.put(attachmentUrl(id), file, {
        params: { name: file.name },
        headers: { 'Content-Type': file.type || 'application/octet-stream' },
        ...(signal && { signal }),
        onUploadProgress: ({ loaded, total }) => onProgress?.({ sentBytes: loaded, totalBytes: total ?? 0 }),
      });
    },
  };
}

/** The calls of {@link createNotesService}. */
export type NotesService = ReturnType<typeof createNotesService>;
