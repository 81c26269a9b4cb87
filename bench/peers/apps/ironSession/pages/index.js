import { useEffect, useState } from 'react';

export default function Home() {
  const [user, setUser] = useState(null);
  useEffect(() => {
    fetch('/api/session')
      .then((answer) => answer.json())
      .then((session) => setUser(session.user));
  }, []);
  return <p>{user?.name}</p>;
}
