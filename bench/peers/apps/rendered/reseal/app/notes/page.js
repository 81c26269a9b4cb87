import { reseal } from '../../reseal.js';
import { Answer } from '../../../notes.js';

export const dynamic = 'force-dynamic';

/** As docs/doors.md shows it; what a browser does afterwards, the race table plays. */
export default async function Page() {
  const response = await reseal.upstreamFetch('/notes');
  return <Answer status={response.status} body={response.ok ? await response.json() : null} />;
}
