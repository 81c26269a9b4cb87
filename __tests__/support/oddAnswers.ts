/** Token answers as issuers send them that are not ours: each changes a good one after the rotation. */
interface OddAnswer {
  readonly title: string;
  readonly change?: Readonly<Record<string, unknown>>;
  readonly status?: number;
}

export const oddAnswers: readonly OddAnswer[] = [
  { title: 'has status 201', status: 201 },
  { title: 'has status 202', status: 202 },
  { title: 'has a scope of null', change: { scope: null } },
  { title: 'has a list of scopes', change: { scope: ['openid', 'email'] } },
  { title: 'has no token_type', change: { token_type: undefined } },
  { title: 'has a token_type of null', change: { token_type: null } },
  { title: 'has a token_type that we do not know', change: { token_type: 'N_A' } },
  { title: 'has an expires_in in words', change: { expires_in: 'soon' } },
  { title: 'has an expires_in of text', change: { expires_in: '3600' } },
  { title: 'has an expires_in of null', change: { expires_in: null } },
  { title: 'has an expires_in below zero', change: { expires_in: -1 } },
  { title: 'has an ID token that is none', change: { id_token: 'none' } },
  { title: 'has an ID token of null', change: { id_token: null } },
  { title: 'has an ID token that is an object', change: { id_token: {} } },
  { title: 'has an error beside its tokens', change: { error: 'invalid_grant' } },
  { title: 'has an error that is empty', change: { error: '' } },
  { title: 'has a user and a session', change: { user: { id: 'someone-else' }, session: { id: 'x' } } },
];

/** The same for a provider that does not rotate: the old refresh token stays valid. */
export const withoutRotation: readonly OddAnswer[] = [
  { title: 'has no refresh_token', change: { refresh_token: undefined } },
  { title: 'has a refresh_token of null', change: { refresh_token: null } },
  { title: 'has an empty refresh_token', change: { refresh_token: '' } },
];
