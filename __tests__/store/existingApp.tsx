import { combineReducers, configureStore, createSlice, type PayloadAction } from '@reduxjs/toolkit';
import { createApi } from '@reduxjs/toolkit/query/react';
import { useLayoutEffect, useState, type ReactNode } from 'react';
import { Provider, useDispatch, useSelector } from 'react-redux';
import {
  authReducer,
  createResealClient,
  logout,
  ownedReducer,
  preloadAuth,
  readable,
  resealBaseQuery,
  selectStatus,
  selectUser,
  type AuthRoot,
  type ResealClientOptions,
  type SessionInfo,
  type User,
} from '../../store/index.ts';

/** Whom this app's server names: with the claims that it adds. */
export type Person = User & { readonly roles?: readonly string[] };

const cart = createSlice({
  name: 'cart',
  initialState: [] as readonly string[],
  reducers: { added: (state, { payload }: PayloadAction<string>) => [...state, payload] },
});
export const { added } = cart.actions;

/** RTK Query of the app, made once for all stores. */
export const api = createApi({
  baseQuery: resealBaseQuery(),
  keepUnusedDataFor: 0,
  endpoints: (build) => ({
    me: build.query<{ id: string }, undefined>({ query: () => '/me' }),
    addNote: build.mutation<{ id: string }, string>({
      query: (text) => ({ url: '/notes', method: 'POST', body: { text } }),
    }),
    missing: build.query<unknown, undefined>({ query: () => '/notes/none' }),
  }),
});

/** A store that was there before Reseal: with an `extraArgument` of its own. What Reseal added are the lines that name it. */
export function makeStore(session: SessionInfo<Person> | null = null, options: ResealClientOptions = {}) {
  const reseal = createResealClient(options);
  const store = configureStore({
    reducer: { auth: authReducer<Person>, cart: cart.reducer, [api.reducerPath]: api.reducer },
    preloadedState: { auth: preloadAuth(session) },
    middleware: (defaults) =>
      defaults({ thunk: { extraArgument: { own: 'extra' } } })
        .prepend(reseal.middleware)
        .concat(api.middleware),
    devTools: { actionSanitizer: readable },
  });
  return Object.assign(store, { reseal });
}
export type ExistingStore = ReturnType<typeof makeStore>;
export type ExistingState = ReturnType<ExistingStore['getState']>;

/** The same for an app that must not show one person's cart to another. */
export function makeOwnedStore(
  session: SessionInfo<Person> | null = null,
  options: ResealClientOptions = {},
) {
  const reseal = createResealClient(options);
  const personal = combineReducers({ cart: cart.reducer, [api.reducerPath]: api.reducer });
  const store = configureStore({
    reducer: ownedReducer<ReturnType<typeof personal>, Person>(personal),
    preloadedState: { auth: preloadAuth(session) },
    middleware: (defaults) => defaults().prepend(reseal.middleware).concat(api.middleware),
  });
  return Object.assign(store, { reseal });
}

/** `pages/_app.tsx` without a wrapper: `useState(makeStore)`. */
export function App({
  session,
  options,
  children,
}: {
  session: SessionInfo<Person> | null;
  options: ResealClientOptions;
  children: ReactNode;
}) {
  const [store] = useState(() => makeStore(session, options));
  useLayoutEffect(() => store.reseal.start(), [store]);
  useLayoutEffect(() => store.reseal.meet(session), [store, session]);
  return <Provider store={store}>{children}</Provider>;
}

/** Who is signed in, with which roles, and what the upstream says of it. */
export function Profile() {
  const dispatch = useDispatch<ExistingStore['dispatch']>();
  const user: Person | null = useSelector((state: AuthRoot<Person>) => selectUser(state));
  const status = useSelector(selectStatus);
  const { data } = api.useMeQuery(undefined, { skip: !user });
  return (
    <>
      <p>
        {status}: {user ? `${user.name} (${user.roles?.join()})` : 'anonymous'}, upstream {data?.id ?? '…'}
      </p>
      <button onClick={() => void dispatch(logout({}))}>Log out</button>
    </>
  );
}
