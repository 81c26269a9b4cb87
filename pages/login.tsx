import type { LoginProps } from '../server/adapters/pageProps.ts';
import { LoginPanel } from '../components/login/LoginPanel.tsx';
import { useMessages } from '../components/messages/useMessages.ts';
import { Layout } from '../components/shell/Layout.tsx';

export { loginProps as getServerSideProps } from '../server/adapters/pageProps.ts';

export default function LoginPage({ lab, ...panel }: LoginProps) {
  const { login } = useMessages();
  return (
    <Layout title={login.title} lab={lab}>
      <LoginPanel {...panel} />
    </Layout>
  );
}
