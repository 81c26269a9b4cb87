import { Name } from './name.js';

export default function Home() {
  return <Name />;
}
