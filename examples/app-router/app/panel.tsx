'use client';

import { useState } from 'react';
import { useSession } from 'reseal/react';

export function Panel() {
  const { http, logout } = useSession();
  const [result, setResult] = useState('');

  const send = async () => {
    setResult('');
    const answers = await Promise.allSettled(Array.from({ length: 10 }, () => http.get('/notes')));
    setResult(`${answers.filter(({ status }) => status === 'fulfilled').length} of 10 answered`);
  };
  return (
    <p>
      <button onClick={send}>Send 10</button>
      <button onClick={() => logout()}>Log out</button>
      <output>{result}</output>
    </p>
  );
}
