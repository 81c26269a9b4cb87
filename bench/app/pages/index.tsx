/** Next wants a page; the measured routes are beside it. */
export default function Home() {
  return <p>bench</p>;
}
