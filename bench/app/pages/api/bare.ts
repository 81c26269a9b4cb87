import type { NextApiRequest, NextApiResponse } from 'next';
import { notes } from '../../../server/notes.ts';

/** What Next itself costs. */
export default function bare(_req: NextApiRequest, res: NextApiResponse): void {
  res.status(200).json(notes);
}
