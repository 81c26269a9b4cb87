'use client';

import { useEffect, useState } from 'react';
import { http, login, logout, whoAmI, type User } from '../resealClient';

export default function Page() {
  const [user, setUser] = useState<User | null>();
  const [result, setResult] = useState('');

  useEffect(() => {
    const look = () => void whoAmI().then(setUser);
    look();
    addEventListener('session', look);
    return () => removeEventListener('session', look);
  }, []);

  const send = async () => {
    setResult('');
    const answers = await Promise.allSettled(Array.from({ length: 10 }, () => http.get('/notes')));
    setResult(`${answers.filter(({ status }) => status === 'fulfilled').length} of 10 answered`);
  };
  const submit = async (form: FormData) =>
    setUser(await login(String(form.get('username')), String(form.get('password'))));

  if (user === undefined) return 'Loading…';
  if (user === null)
    return (
      <form action={submit}>
        <input name="username" aria-label="Username" />
        <input name="password" aria-label="Password" type="password" />
        <button>Log in</button>
      </form>
    );
  return (
    <>
      <h1>Logged in as {user.name}</h1>
      <button onClick={send}>Send 10</button>
      <button onClick={() => logout().then(() => setUser(null))}>Log out</button>
      <output>{result}</output>
    </>
  );
}
