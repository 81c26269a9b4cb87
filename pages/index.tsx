import type { PageProps } from '../server/adapters/pageProps.ts';
import { Home } from '../components/home/Home.tsx';
import { useMessages } from '../components/messages/useMessages.ts';
import { Layout } from '../components/shell/Layout.tsx';

export { publicProps as getServerSideProps } from '../server/adapters/pageProps.ts';

export default function HomePage({ lab }: PageProps) {
  const { home } = useMessages();
  return (
    <Layout title={home.title} lab={lab}>
      <Home lab={lab} />
    </Layout>
  );
}
