import axios from 'axios';
import { useEffect, useState } from 'react';
import { createReauth } from '../../../interceptors/reauth.ts';
import { createUserService } from '../../../services/user.ts';

/** The least page that signs in, refreshes and replays: axios, the services and the engine. */
export default function Engine() {
  const [name, setName] = useState('');
  useEffect(() => {
    const http = axios.create();
    const user = createUserService(http);
    const reauth = createReauth({
      refresh: (order) => user.refresh(order),
      whoAmI: (order) => user.whoAmI(order),
    });
    const detach = reauth.attach(http);
    user.whoAmI().then(
      (info) => setName(info.user.name),
      () => undefined,
    );
    return detach;
  }, []);
  return <p>{name}</p>;
}
