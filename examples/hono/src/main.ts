import { http, login, logout, whoAmI, type User } from './resealClient.ts';

const find = <E extends HTMLElement>(selector: string) => document.querySelector(selector) as E;
const form = find<HTMLFormElement>('#login');

function show(user: User | null): void {
  form.hidden = user !== null;
  find('#app').hidden = user === null;
  find('h1').textContent = user && `Logged in as ${user.name}`;
  find('output').textContent = '';
}

form.onsubmit = async (event) => {
  event.preventDefault();
  const { username, password } = Object.fromEntries(new FormData(form)) as Record<string, string>;
  await login(username ?? '', password ?? '').then(show, () => {
    find('output').textContent = 'The login failed.';
  });
};
find('#send').onclick = async () => {
  find('output').textContent = '';
  const answers = await Promise.allSettled(Array.from({ length: 10 }, () => http.get('/notes')));
  find('output').textContent =
    `${answers.filter(({ status }) => status === 'fulfilled').length} of 10 answered`;
};
find('#logout').onclick = async () => {
  await logout();
  show(null);
};
addEventListener('session', async () => show(await whoAmI()));
show(await whoAmI());
