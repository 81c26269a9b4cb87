import type { PageProps } from '../server/adapters/pageProps.ts';
import { LabBench } from '../components/lab/LabBench.tsx';
import { useLabMessages } from '../components/messages/useLabMessages.ts';
import { Layout } from '../components/shell/Layout.tsx';

export { labProps as getServerSideProps } from '../server/adapters/pageProps.ts';

export default function LabPage({ lab: served }: PageProps) {
  const lab = useLabMessages();
  return (
    <Layout title={lab.title} lab={served}>
      <LabBench />
    </Layout>
  );
}
