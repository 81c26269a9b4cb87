import { SessionProvider, useSession } from 'next-auth-5/react';

function Name() {
  const { data } = useSession();
  return <p>{data?.user?.name}</p>;
}

export default function Home() {
  return (
    <SessionProvider>
      <Name />
    </SessionProvider>
  );
}
