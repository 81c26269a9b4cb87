import type { GetServerSideProps } from 'next';
import type { SessionInfo } from '../contract/user.ts';

/** What every page may be given: who is signed in, and whether `/lab` is served. */
export interface PageProps {
  readonly session: SessionInfo | null;
  readonly lab: boolean;
}

/** What `/login` is given besides. */
export interface LoginProps extends PageProps {
  readonly mode: 'password' | 'oidc';
  readonly returnTo: string;
}

/** Props of a page that anybody may see. */
export const publicProps: GetServerSideProps<{ session: SessionInfo | null; lab: boolean }> = async () => ({
  props: { session: null, lab: true },
});
