'use client';

import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';
import { catchUp, http, logout } from '../resealClient';

export function Panel({ session: { id, version } }: { session: { id: string; version: number } }) {
  const router = useRouter();
  const [result, setResult] = useState('');

  useEffect(() => void catchUp({ id, version }).catch(() => undefined), [id, version]);
  useEffect(() => {
    const showAnew = () => router.refresh();
    addEventListener('session', showAnew);
    return () => removeEventListener('session', showAnew);
  }, [router]);

  const send = async () => {
    setResult('');
    const answers = await Promise.allSettled(Array.from({ length: 10 }, () => http.get('/notes')));
    setResult(`${answers.filter(({ status }) => status === 'fulfilled').length} of 10 answered`);
  };
  return (
    <p>
      <button onClick={send}>Send 10</button>
      <button onClick={() => logout().then(() => router.refresh())}>Log out</button>
      <output>{result}</output>
    </p>
  );
}
