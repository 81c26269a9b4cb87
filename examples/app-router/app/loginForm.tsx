'use client';

import { useActionState } from 'react';
import { useSession } from 'reseal/react';

export function LoginForm() {
  const { login } = useSession();
  const [problem, submit] = useActionState(async (_: string, form: FormData) => {
    const credentials = { username: String(form.get('username')), password: String(form.get('password')) };
    return (await login(credentials)) ? 'The login failed.' : '';
  }, '');
  return (
    <form action={submit}>
      <input name="username" aria-label="Username" autoComplete="username" />
      <input name="password" aria-label="Password" type="password" autoComplete="current-password" />
      <button>Log in</button>
      <output>{problem}</output>
    </form>
  );
}
