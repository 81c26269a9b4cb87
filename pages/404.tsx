import { useMessages } from '../components/messages/useMessages.ts';
import { Layout } from '../components/shell/Layout.tsx';
import { Notice } from '../components/shell/Notice.tsx';

export default function NotFoundPage() {
  const { shell } = useMessages();
  return (
    <Layout title={shell.notFoundTitle} lab={false}>
      <Notice title={shell.notFoundTitle} lead={shell.notFoundLead} />
    </Layout>
  );
}
