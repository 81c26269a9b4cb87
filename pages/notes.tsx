import type { PageProps } from '../server/adapters/pageProps.ts';
import { useMessages } from '../components/messages/useMessages.ts';
import { NotesBoard } from '../components/notes/NotesBoard.tsx';
import { Layout } from '../components/shell/Layout.tsx';

export { guardedProps as getServerSideProps } from '../server/adapters/pageProps.ts';

export default function NotesPage({ lab }: PageProps) {
  const { notes } = useMessages();
  return (
    <Layout title={notes.title} lab={lab}>
      <NotesBoard />
    </Layout>
  );
}
