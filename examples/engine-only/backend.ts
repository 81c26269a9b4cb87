/** The backend that an app already has: it keeps the tokens in cookies, answers 401 and offers a refresh. No part of Reseal. */
import express, { type Request, type Response } from 'express';

const issuer = process.env['UPSTREAM_URL'] ?? 'http://127.0.0.1:4000';
const cookie = {
  httpOnly: true,
  sameSite: 'strict',
  secure: process.env['APP_URL']?.startsWith('https:') ?? false,
} as const;

const cookieOf = (req: Request, name: string) =>
  new RegExp(`(?:^|; )${name}=([^;]*)`).exec(req.headers.cookie ?? '')?.[1] ?? '';

/** Asks the issuer for tokens, and puts them into cookies. */
async function issue(res: Response, path: string, body: object): Promise<void> {
  const answer = await post(path, body);
  if (!answer.ok) return void res.sendStatus(answer.status >= 500 ? 503 : 401);
  const tokens = (await answer.json()) as { access_token: string; refresh_token: string };
  res.cookie('access', tokens.access_token, cookie);
  res.cookie('refresh', tokens.refresh_token, { ...cookie, path: '/session' });
  res.sendStatus(204);
}

const post = (path: string, body: object) =>
  fetch(issuer + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });

const app = express();
app.post('/session/login', express.json(), (req, res) => issue(res, '/auth/login', req.body as object));
app.post('/session/refresh', (req, res) => {
  const refresh_token = cookieOf(req, 'refresh');
  return refresh_token ? issue(res, '/auth/refresh', { refresh_token }) : res.sendStatus(401);
});
app.post('/session/logout', async (req, res) => {
  await post('/auth/logout', { refresh_token: cookieOf(req, 'refresh') });
  res
    .clearCookie('access', cookie)
    .clearCookie('refresh', { ...cookie, path: '/session' })
    .sendStatus(204);
});
app.get(['/notes', '/me'], async (req, res) => {
  const answer = await fetch(issuer + req.path, {
    headers: { Authorization: `Bearer ${cookieOf(req, 'access')}` },
  });
  res
    .status(answer.status)
    .type('json')
    .send(await answer.text());
});
app.use(express.static('dist'));
app.listen(Number(process.env['PORT'] ?? 3000));
