import { useEffect, useId, useRef, useState, useSyncExternalStore, type FormEvent } from 'react';
import type { ApiError } from '../../store/apiError.ts';
import { login, prepareCalls } from '../../store/authThunks.ts';
import { useAppDispatch } from '../../store/demo/hooks.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Alert } from '../ui/Alert.tsx';
import { Button } from '../ui/Button.tsx';
import { Field } from '../ui/Field.tsx';

const FIELDS = ['username', 'password'] as const;
type FieldName = (typeof FIELDS)[number];

/** Why there was no login, and the fields that it may lie in. */
interface Refusal {
  /** `null` where a field was left empty, so that no call was made. */
  readonly error: ApiError | null;
  readonly fields: readonly FieldName[];
  readonly focus: FieldName;
}

const never = () => () => undefined;

/** The sample backend's first account. */
const DEMO = { username: 'ada', password: 'lovelace' } as const;

interface DemoAccountProps {
  readonly disabled: boolean;
  readonly onFillIn: () => void;
}

/** Says which account the sample backend has, and fills it in. */
function DemoAccount({ disabled, onFillIn }: DemoAccountProps) {
  const { login: texts } = useMessages();
  return (
    <p className="flex flex-wrap items-center justify-between gap-x-3 rounded-lg bg-sunken px-3 py-1.5 text-sm">
      <span>
        {texts.demo}{' '}
        <code className="font-mono">
          {DEMO.username} / {DEMO.password}
        </code>
      </span>
      <Button small look="quiet" disabled={disabled} onClick={onFillIn}>
        {texts.fillIn}
      </Button>
    </p>
  );
}

/** Name and password. What was refused stays in the fields; the password is selected for a second try. */
export function LoginForm({ sample }: { readonly sample: boolean }) {
  const { login: texts, errors } = useMessages();
  const dispatch = useAppDispatch();
  const form = useRef<HTMLFormElement>(null);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [isShown, setShown] = useState(false);
  const why = useId();
  // The form is in the HTML before its script runs: a press before that would send it to no handler.
  const isAwake = useSyncExternalStore(
    never,
    () => true,
    () => false,
  );

  const fieldOf = (name: FieldName) => form.current?.querySelector<HTMLInputElement>(`[name=${name}]`);
  // Not with `autoFocus`, which React leaves out of the server's HTML; and not where a person is typing already.
  useEffect(() => {
    if (document.activeElement === document.body) fieldOf('username')?.focus();
  }, []);
  const fillIn = () => {
    for (const name of FIELDS) {
      const field = fieldOf(name);
      if (field) field.value = DEMO[name];
    }
    form.current?.querySelector<HTMLButtonElement>('[type=submit]')?.focus();
  };

  // After the fields are marked, so that what is read out with the focus says so.
  useEffect(() => {
    if (!refusal) return;
    const field = fieldOf(refusal.focus);
    field?.focus();
    field?.select();
  }, [refusal]);

  const refusedBy = (name: FieldName) => refusal?.fields.includes(name) && why;

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    const typed = new FormData(event.currentTarget);
    const username = String(typed.get('username')).trim();
    const password = String(typed.get('password'));
    const empty = FIELDS.filter((name) => !{ username, password }[name]);
    if (empty[0]) return setRefusal({ error: null, fields: empty, focus: empty[0] });
    setBusy(true);
    setRefusal(null);
    const result = await dispatch(login({ username, password }));
    setBusy(false);
    if (!login.rejected.match(result)) return;
    const error = result.payload ?? { code: 'unexpected', status: null };
    // The server does not say which of the two is wrong.
    const fields = error.code === 'invalid_credentials' ? FIELDS : [];
    setRefusal({ error, fields, focus: 'password' });
  };

  return (
    <form
      ref={form}
      method="post"
      noValidate
      // What the login needs is fetched while the person types.
      onInput={() => void dispatch(prepareCalls())}
      onSubmit={(event) => void submit(event)}
      className="space-y-4"
    >
      {refusal && <Alert id={why}>{refusal.error ? errors.sentence(refusal.error) : texts.required}</Alert>}
      <Field
        label={texts.username}
        name="username"
        refusedBy={refusedBy('username')}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
      />
      <Field
        label={texts.password}
        name="password"
        refusedBy={refusedBy('password')}
        type={isShown ? 'text' : 'password'}
        autoComplete="current-password"
        spellCheck={false}
        autoCapitalize="none"
        required
        aside={
          <Button small look="quiet" aria-pressed={isShown} onClick={() => setShown(!isShown)}>
            {isShown ? texts.hidePassword : texts.showPassword}
          </Button>
        }
      />
      {sample && <DemoAccount disabled={!isAwake} onFillIn={fillIn} />}
      <Button type="submit" look="primary" className="w-full" busy={busy} disabled={!isAwake}>
        {busy ? texts.busy : texts.submit}
      </Button>
    </form>
  );
}
