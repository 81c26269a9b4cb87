import { useRef, useState, type FormEvent } from 'react';
import type { ApiError } from '../../store/apiError.ts';
import { login } from '../../store/authThunks.ts';
import { useAppDispatch } from '../../store/hooks.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Alert } from '../ui/Alert.tsx';
import { Button } from '../ui/Button.tsx';
import { Field } from '../ui/Field.tsx';

/** Name and password. What was refused stays in the fields; the password is selected for a second try. */
export function LoginForm() {
  const { login: texts, errors } = useMessages();
  const dispatch = useAppDispatch();
  const form = useRef<HTMLFormElement>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | 'incomplete' | null>(null);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    const typed = new FormData(event.currentTarget);
    const username = String(typed.get('username')).trim();
    const password = String(typed.get('password'));
    if (!username || !password) return setError('incomplete');
    setBusy(true);
    setError(null);
    const result = await dispatch(login({ username, password }));
    setBusy(false);
    if (!login.rejected.match(result)) return;
    setError(result.payload ?? { code: 'unexpected', status: null });
    const field = form.current?.querySelector<HTMLInputElement>('input[type=password]');
    field?.focus();
    field?.select();
  };

  return (
    <form ref={form} method="post" noValidate onSubmit={(event) => void submit(event)} className="space-y-4">
      {error && <Alert>{error === 'incomplete' ? texts.required : errors.sentence(error)}</Alert>}
      <Field
        label={texts.username}
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
      />
      <Field
        label={texts.password}
        name="password"
        type="password"
        autoComplete="current-password"
        required
      />
      <Button type="submit" look="primary" className="w-full" busy={busy}>
        {busy ? texts.busy : texts.submit}
      </Button>
    </form>
  );
}
