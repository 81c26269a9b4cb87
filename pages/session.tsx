import type { PageProps } from '../server/adapters/pageProps.ts';
import { useMessages } from '../components/messages/useMessages.ts';
import { SessionPanel } from '../components/session/SessionPanel.tsx';
import { Layout } from '../components/shell/Layout.tsx';

export { guardedProps as getServerSideProps } from '../server/adapters/pageProps.ts';

export default function SessionPage({ lab }: PageProps) {
  const { session } = useMessages();
  return (
    <Layout title={session.title} lab={lab}>
      <SessionPanel />
    </Layout>
  );
}
