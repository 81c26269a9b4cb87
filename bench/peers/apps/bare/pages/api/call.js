/** The same call without any session: what Next and `fetch` cost. */
export default async function call(_req, res) {
  const answer = await fetch(`${process.env.API_URL}/me`, { headers: { Authorization: 'Bearer open' } });
  res.status(answer.status).json(await answer.json());
}
