import { screen } from '@testing-library/react';
import type { Note } from '../../contract/notes.ts';
import { NotesBoard } from '../../components/notes/NotesBoard.tsx';
import { Layout } from '../../components/shell/Layout.tsx';

/** A note without a file. */
export const note = (id: string, text: string): Note => ({
  id,
  text,
  updatedAt: '2026-11-23T08:00:00Z',
  attachment: null,
});

/** What `/notes` shows. */
export const page = (
  <Layout title="Notes" lab={false}>
    <NotesBoard />
  </Layout>
);

export const list = () => screen.findByRole('list', { name: 'Your notes' });
