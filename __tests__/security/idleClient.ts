import { connect } from 'node:net';

/* Opens so many connections to a port and says nothing on them; prints a line once all stand, and each loss. */
const [port = '0', count = '0'] = process.argv.slice(2);
const GROUP = 100;

for (let opened = 0; opened < Number(count); opened += GROUP) {
  const size = Math.min(GROUP, Number(count) - opened);
  await Promise.all(
    Array.from({ length: size }, () => {
      const socket = connect({ host: '127.0.0.1', port: Number(port) });
      socket.once('close', () => console.log('lost'));
      return new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    }),
  );
}
console.log('open');
