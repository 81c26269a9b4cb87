import { useRouter } from 'next/router';
import { useEffect, useEffectEvent, useLayoutEffect, useRef, useState } from 'react';
import type { LoginProblem } from '../../contract/loginProblem.ts';
import { selectReason, selectStatus } from '../../store/authSlice.ts';
import { fetchUser } from '../../store/authThunks.ts';
import { useAppDispatch, useAppSelector } from '../../store/demo/hooks.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Alert } from '../ui/Alert.tsx';
import { Card, PageTitle } from '../ui/Card.tsx';
import { linkButton } from '../ui/Button.tsx';
import { LanguageHint } from '../shell/LanguageHint.tsx';
import { LoginForm } from './LoginForm.tsx';

interface LoginPanelProps {
  readonly mode: 'password' | 'oidc';
  /** A path of this site. */
  readonly returnTo: string;
  /** Why a login at the provider failed. */
  readonly problem?: LoginProblem | null;
  /** The server is certain that there is no session. */
  readonly anonymous?: boolean;
  /** Where people get an account. */
  readonly signupUrl?: string;
  /** The backend is the sample one: its account may be shown. */
  readonly sample?: boolean;
}

/**
 * The way in. Unless the server is certain it first asks whether there is a session after all: a Strict cookie is
 * not sent when a link in a mail is followed, so the server may have redirected a person who is signed in.
 */
export function LoginPanel(props: LoginPanelProps) {
  const { mode, returnTo, problem = null, anonymous = false, signupUrl, sample = false } = props;
  const { login, reasons } = useMessages();
  const dispatch = useAppDispatch();
  const { replace } = useRouter();
  const status = useAppSelector(selectStatus);
  const reason = useAppSelector(selectReason);
  const isAsking = status === 'unknown' && !anonymous;
  const [cameSignedIn] = useState(status === 'signedIn');
  const [isUnkept, setUnkept] = useState(false);

  const isHere = useRef(false);
  // A layout effect, for its end: it is over by the time that the router says where one has arrived.
  useLayoutEffect(() => {
    isHere.current = true;
    return () => {
      isHere.current = false;
    };
  }, []);

  const goOn = useEffectEvent(async () => {
    await replace(withHash(returnTo));
    if (!isHere.current) return;
    // Sent back here: the server knows nothing of the session that this page believes in. It can say why.
    setUnkept(!cameSignedIn);
    await dispatch(fetchUser());
  });
  useEffect(() => {
    if (isAsking) void dispatch(fetchUser());
    if (status === 'signedIn') void goOn();
  }, [dispatch, status, isAsking]);

  // The engine noticed that the session ended; the server can say why.
  const [cameEnded] = useState(reason === 'session_ended');
  useEffect(() => {
    if (cameEnded) void dispatch(fetchUser());
  }, [dispatch, cameEnded]);

  // Logged in a moment ago, and the cookie of it did not come along.
  const isCookieRefused = isUnkept && reason === 'logged_out_elsewhere';
  const why = isCookieRefused ? login.cookieRefused : reason && reasons[reason];
  return (
    <div className="mx-auto max-w-md">
      <LanguageHint />
      <PageTitle title={login.title} lead={login.lead} />
      <Card>
        <div role="status">
          {isAsking && <p className="text-muted">{login.asking}</p>}
          {status === 'signedIn' && <p className="text-muted">{login.welcome}</p>}
        </div>
        {!isAsking && status !== 'signedIn' && (
          <div className="space-y-4">
            {problem && <Alert>{login.problems[problem]}</Alert>}
            {why && !problem && <Alert tone={reason === 'logged_out' ? 'info' : 'warn'}>{why}</Alert>}
            {mode === 'password' ? <LoginForm sample={sample} /> : <ProviderLink returnTo={returnTo} />}
            {signupUrl && <SignupLink url={signupUrl} returnTo={returnTo} />}
          </div>
        )}
      </Card>
    </div>
  );
}

/** Browsers keep the hash over a redirect to this page; it belongs to the page that was asked for. */
const withHash = (returnTo: string) => (returnTo.includes('#') ? returnTo : returnTo + window.location.hash);

const loginUrl = (returnTo: string) => `/api/login?returnTo=${encodeURIComponent(returnTo)}`;

/** Leads to where people get an account; a login that begins here comes back to the page that was asked for. */
function SignupLink({ url, returnTo }: { readonly url: string; readonly returnTo: string }) {
  const { login } = useMessages();
  const isOwn = /^\/api\/login\?/.test(url);
  return (
    <p className="text-sm text-muted">
      {login.noAccount}{' '}
      <a className="underline" href={isOwn ? `${url}&returnTo=${encodeURIComponent(returnTo)}` : url}>
        {login.signup}
      </a>
    </p>
  );
}

/** A plain link and no `<Link>`: a prefetch must not start a login. */
function ProviderLink({ returnTo }: { readonly returnTo: string }) {
  const { login } = useMessages();
  return (
    <>
      <a
        href={loginUrl(returnTo)}
        onClick={(event) => (event.currentTarget.href = loginUrl(withHash(returnTo)))}
        className={`${linkButton} w-full`}
      >
        {login.provider}
      </a>
      <p className="text-sm text-muted">{login.providerLead}</p>
    </>
  );
}
