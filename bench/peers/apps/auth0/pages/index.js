import { Auth0Provider, useUser } from '@auth0/nextjs-auth0';

function Name() {
  const { user } = useUser();
  return <p>{user?.name}</p>;
}

export default function Home() {
  return (
    <Auth0Provider>
      <Name />
    </Auth0Provider>
  );
}
