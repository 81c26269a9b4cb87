import { createLabService } from '../../services/lab.ts';
import { createNotesService } from '../../services/notes.ts';
import { createSessionsService } from '../../services/sessions.ts';
import { createConnection, type ConnectionOrder } from '../connection.ts';

/** Makes what a call of this app needs: the connection of the package, and this app's services over it. */
export function createClient(order: ConnectionOrder) {
  const connection = createConnection(order);
  const { http } = connection;
  return {
    ...connection,
    sessions: createSessionsService(http),
    notes: createNotesService(http),
    lab: createLabService(http),
  };
}

/** A client of {@link createClient}. */
export type Client = ReturnType<typeof createClient>;
