'use client';

import { useRouter } from 'next/navigation';
import { useActionState } from 'react';
import { login } from '../resealClient';

export function LoginForm() {
  const router = useRouter();
  const [problem, submit] = useActionState(async (_: string, form: FormData) => {
    try {
      await login(String(form.get('username')), String(form.get('password')));
      router.refresh();
      return '';
    } catch {
      return 'The login failed.';
    }
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
