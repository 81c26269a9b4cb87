import { createAuthClient } from 'better-auth/react';

const { useSession } = createAuthClient();

export default function Home() {
  const { data } = useSession();
  return <p>{data?.user.name}</p>;
}
