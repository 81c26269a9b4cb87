import type { GetServerSideProps } from 'next';
import { useRouter } from 'next/router';
import { useCallback, useEffect, useState } from 'react';
import { reseal } from '../reseal';
import { catchUp, http, login, logout } from '../resealClient';

interface Props {
  readonly info: Awaited<ReturnType<typeof reseal.getSession>>;
  readonly email: string | null;
}

export const getServerSideProps: GetServerSideProps<Props> = async ({ req }) => {
  const response = await reseal.upstreamFetch('/me', { request: req });
  const { email = null } = response.ok ? ((await response.json()) as { email?: string }) : {};
  // After the call, which may have refreshed: the page then knows the newest version.
  return { props: { info: await reseal.getSession(req), email } };
};

export default function Page({ info, email }: Props) {
  const { replace, asPath } = useRouter();
  const [result, setResult] = useState('');
  const { id, version } = info?.session ?? {};

  useEffect(() => {
    if (id !== undefined && version !== undefined) void catchUp({ id, version }).catch(() => undefined);
  }, [id, version]);
  // Not to be awaited in a form's action: React renders the new page when the action is over.
  const showAnew = useCallback(() => void replace(asPath), [replace, asPath]);
  useEffect(() => {
    addEventListener('session', showAnew);
    return () => removeEventListener('session', showAnew);
  }, [showAnew]);

  const submit = async (form: FormData) => {
    try {
      await login(String(form.get('username')), String(form.get('password')));
      showAnew();
    } catch {
      setResult('The login failed.');
    }
  };
  const send = async () => {
    setResult('');
    const answers = await Promise.allSettled(Array.from({ length: 10 }, () => http.get('/notes')));
    setResult(`${answers.filter(({ status }) => status === 'fulfilled').length} of 10 answered`);
  };

  if (!info)
    return (
      <form action={submit}>
        <input name="username" aria-label="Username" autoComplete="username" />
        <input name="password" aria-label="Password" type="password" autoComplete="current-password" />
        <button>Log in</button>
        <output>{result}</output>
      </form>
    );
  return (
    <>
      <h1>Logged in as {info.user.name}</h1>
      <p>{email}</p>
      <button onClick={send}>Send 10</button>
      <button onClick={() => logout().then(showAnew)}>Log out</button>
      <output>{result}</output>
    </>
  );
}
