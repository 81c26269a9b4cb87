import { useRouter } from 'next/router';
import { isLoginProblem } from '../contract/loginProblem.ts';
import type { PageProps } from '../server/adapters/pageProps.ts';
import { useMessages } from '../components/messages/useMessages.ts';
import { Layout } from '../components/shell/Layout.tsx';
import { SteppedUp } from '../components/stepUp/SteppedUp.tsx';

export { publicProps as getServerSideProps } from '../server/adapters/pageProps.ts';

export default function SteppedUpPage({ lab }: PageProps) {
  const { stepUp } = useMessages();
  const { problem } = useRouter().query;
  return (
    <Layout title={stepUp.title} lab={lab}>
      <SteppedUp problem={isLoginProblem(problem) ? problem : null} />
    </Layout>
  );
}
