import type { IncomingMessage } from 'node:http';
import type { GetServerSideProps } from 'next';
import { isLoginProblem, type LoginProblem } from '../../contract/loginProblem.ts';
import { localeOf, pathIn } from '../../contract/locale.ts';
import { createReturnTo } from '../../contract/returnTo.ts';
import type { SessionInfo } from '../../contract/user.ts';
import type { Reseal } from '../composeServer.ts';
import { runningReseal } from '../processWide.ts';

/** What every page is given: who is signed in, and whether `/lab` is served. Never a token. */
export interface PageProps {
  readonly session: SessionInfo | null;
  readonly lab: boolean;
}

/** What `/login` is given besides. */
export interface LoginProps extends PageProps {
  readonly mode: 'password' | 'oidc';
  readonly returnTo: string;
  readonly problem: LoginProblem | null;
  /** Whether the browser certainly has no session: it would have sent its cookie, and it sent none. */
  readonly anonymous: boolean;
  /** Where people get an account. */
  readonly signupUrl?: string;
  /** The backend is the sample one, whose accounts may be shown. Set by `npm run demo` and `npm run dev`. */
  readonly sample?: boolean;
}

/** A browser sends Strict cookies with a typed address or a link on our own pages, and not with a link on another site. */
const OWN_SITES = new Set<unknown>(['same-origin', 'none']);

type Props<P> = GetServerSideProps<P & Record<string, unknown>>;

/** The server of this process. It is imported only where no front door has put it together: it takes 20 MB. */
const resealOfProcess = async (): Promise<Reseal> =>
  runningReseal<Reseal>() ?? (await import('../composeServer.ts')).sharedReseal();

/** Finds the session that a page request brings. Calls neither issuer nor upstream, and writes no cookie. */
export const readPageSession = async (req: IncomingMessage, runtime?: Reseal): Promise<SessionInfo | null> =>
  (runtime ?? (await resealOfProcess())).getSession(req.headers.cookie);

/** Props of a page that anybody may see. */
export const publicProps: Props<PageProps> = async ({ req, res }) => {
  res.setHeader('Cache-Control', 'private, no-store');
  return { props: { session: await readPageSession(req), lab: (await resealOfProcess()).settings.lab } };
};

/** Props of a page for people who are signed in; others go to the login page, and come back. */
export const guardedProps: Props<PageProps> = async ({ req, res, resolvedUrl, locale }) => {
  res.setHeader('Cache-Control', 'private, no-store');
  const session = await readPageSession(req);
  if (session) return { props: { session, lab: (await resealOfProcess()).settings.lab } };
  const language = localeOf(locale);
  const returnTo = encodeURIComponent(pathIn(language, resolvedUrl));
  return { redirect: { destination: pathIn(language, `/login?returnTo=${returnTo}`), permanent: false } };
};

/** Props of the lab: not there at all unless `LAB` is on. */
export const labProps: Props<PageProps> = async (context) =>
  (await resealOfProcess()).settings.lab ? guardedProps(context) : { notFound: true };

/** Props of the login page; a person who is signed in goes straight on. */
export const loginProps: Props<LoginProps> = async ({ req, res, query, locale }) => {
  res.setHeader('Cache-Control', 'private, no-store');
  // Back in the language of this page, which may have been switched since.
  const { settings, cookies } = await resealOfProcess();
  const returnTo = pathIn(localeOf(locale), createReturnTo(settings)(query['returnTo']));
  const session = await readPageSession(req);
  if (session) return { redirect: { destination: returnTo, permanent: false } };
  const { lab, oidc, signupUrl } = settings;
  const isOwn = OWN_SITES.has(req.headers['sec-fetch-site']);
  const anonymous = isOwn && !cookies.isBrought(req.headers.cookie);
  const problem = isLoginProblem(query['problem']) ? query['problem'] : null;
  const sample = process.env['SAMPLE_BACKEND'] === '1' && { sample: true };
  const signup = signupUrl !== null && { signupUrl };
  const mode = oidc ? 'oidc' : 'password';
  return { props: { session, lab, mode, returnTo, problem, anonymous, ...signup, ...sample } };
};
