import { useEffect, useState } from 'react';
import { Provider, useSelector } from 'react-redux';
import { fetchUser } from '../../../store/authThunks.ts';
import type { AuthRoot } from '../../../store/authState.ts';
import { createApp } from '../../../store/demo/createApp.ts';

function Name() {
  const auth = useSelector((state: AuthRoot) => state.auth);
  return <p>{auth.status === 'signedIn' ? auth.user.name : ''}</p>;
}

/** The same page with the whole store as the app has it: Redux Toolkit, RTK Query, listeners. */
export default function Store() {
  const [app] = useState(() => createApp());
  useEffect(() => {
    const stop = app.start();
    void app.store.dispatch(fetchUser());
    return stop;
  }, [app]);
  return (
    <Provider store={app.store}>
      <Name />
    </Provider>
  );
}
