import { createLabService } from '../../services/lab.ts';
import { createNotesService } from '../../services/notes.ts';
import { createSessionsService } from '../../services/sessions.ts';
import { createConnection, type ConnectionOrder } from '../connection.ts';
import type { AppStore } from './makeStore.ts';
import { serveStepUp } from './stepUp.ts';

/** Makes what a call of this app needs: the connection of the package, and this app's services over it. */
export function createClient(order: ConnectionOrder, store: Pick<AppStore, 'dispatch'>) {
  const connection = createConnection(order);
  const { http } = connection;
  return {
    ...connection,
    sessions: createSessionsService(http),
    notes: createNotesService(http),
    lab: createLabService(http),
    stepUp: serveStepUp(connection, store),
  };
}

/** A client of {@link createClient}. */
export type Client = ReturnType<typeof createClient>;
