import type { NextPageContext } from 'next';
import { useMessages } from '../components/messages/useMessages.ts';
import { Layout } from '../components/shell/Layout.tsx';
import { Notice } from '../components/shell/Notice.tsx';

interface ErrorPageProps {
  readonly missing: boolean;
}

/** What is shown when a page fails on the server or breaks in the browser. */
export default function ErrorPage({ missing }: ErrorPageProps) {
  const { shell } = useMessages();
  const title = missing ? shell.notFoundTitle : shell.errorTitle;
  return (
    <Layout title={title} lab={false}>
      <Notice title={title} lead={missing ? shell.notFoundLead : shell.errorLead} />
    </Layout>
  );
}

ErrorPage.getInitialProps = ({ res, err }: NextPageContext): ErrorPageProps => ({
  missing: (res?.statusCode ?? err?.statusCode) === 404,
});
